"""The parts of one home, as the composition root puts them together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.caching import Cache
from api.extracting import Extraction
from api.homes import Home
from api.knowing import Knowing
from api.retrieving import Retrieval
from foundation.breaker import Breakers
from foundation.clock import Clock
from foundation.database.engine import Database
from foundation.ids import Seq
from foundation.locking import HomeLock
from ingest.pipeline import Pipeline
from knowledge.library import Library
from knowledge.reading import Reader
from knowledge.sage import KnowledgeSage
from retrieval.answers.answering import Answerer
from retrieval.attributes import Attributes
from retrieval.cache.search import Search
from retrieval.doctor import Doctor
from retrieval.following import Followers
from retrieval.ranking.stage import RankingStage
from retrieval.sage import RagSage


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root puts together.

    Attributes:
        holder: describes who holds the home.
        embedded: tells whether every passage has its vector.
        warm: loads the models that searches need.
        forgetting: lets no file keep what was purged up to a seq.
        caching: puts a cache around a search.
        closing: what to call at the end, in order.
    """

    home: Home
    database: Database
    clock: Clock
    breakers: Breakers
    lock: HomeLock | None
    holder: Callable[[], str]
    knowledge: KnowledgeSage
    library: Library
    reader: Reader
    pipeline: Pipeline
    retrieval: Retrieval
    followers: Followers
    doctor: Doctor
    knowing: Knowing
    extraction: Extraction
    answerer: Answerer
    review_threshold: float
    max_document_bytes: int
    ready_free_bytes: int
    embedded: Callable[[], bool]
    warm: Callable[[], None]
    forgetting: Callable[[Seq], None]
    caching: Callable[[Search], Cache]
    closing: Sequence[Callable[[], None]] = ()

    @property
    def rag(self) -> RagSage:
        """What finds passages."""
        return self.retrieval.rag

    @property
    def attributes(self) -> Attributes:
        """What filters ask about."""
        return self.retrieval.attributes

    @property
    def ranking(self) -> RankingStage:
        """What orders passages."""
        return self.retrieval.ranking
