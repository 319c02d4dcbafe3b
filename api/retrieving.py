"""Put the RAG Sage together: what understands questions, finds passages and orders them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from api.dense import Model
from api.homes import Home
from api.seeing import PartialGraphs
from api.serving import Serving, embedder_options
from foundation.clock import Clock
from foundation.database.engine import Database
from foundation.ids import Seq
from foundation.settings import Settings
from knowledge.graph.follower import GraphFollower
from knowledge.log import NOW, AsOf
from knowledge.reading import Reader
from retrieval.attributes import Attributes
from retrieval.citing import Citer
from retrieval.enhancement.context import HomeContext
from retrieval.enhancement.enhancer import Enhancer
from retrieval.enhancement.kept import KeptWeights
from retrieval.enhancement.model import HybridQuery
from retrieval.finishing import Finishing
from retrieval.fusion import Fusing
from retrieval.indexes.lexical import LexicalIndex
from retrieval.names import LinkedNames
from retrieval.ranking.evidence import Evidence
from retrieval.ranking.ranker import rankers
from retrieval.ranking.served import ServedGraph
from retrieval.ranking.stage import RankingStage
from retrieval.rerankers.model import Reranker
from retrieval.rerankers.registry import check_reranker, open_reranker
from retrieval.retrievers.model import Retriever
from retrieval.retrievers.phrases import Phrases
from retrieval.retrievers.recency import Recency
from retrieval.sage import RagSage
from retrieval.vocabulary import Vocabulary


class Understanding:
    """Understands questions by what the home has learned; it never waits but once."""

    def __init__(
        self,
        database: Database,
        names: LinkedNames,
        vocabulary: Vocabulary,
        clock: Clock,
        kept: KeptWeights | None = None,
    ) -> None:
        self._context = HomeContext(database, index=names.index, kept=kept)
        self._vocabulary = vocabulary
        self._shipped: Enhancer | None = None
        self._clock = clock

    def query(
        self, question: str, at: AsOf, *, filtering: bool, everything: bool = True
    ) -> HybridQuery:
        """Say what is understood; of what held at a moment, only what the words alone say.

        Args:
            question: as it was asked.
            at: the moment that is searched.
            filtering: whether words such as "documents since 2024" restrict the search.
            everything: whether the asker may see everything; names are known from all documents,
                so to others the words alone speak, too.
        """
        today = datetime.fromtimestamp(self._clock() / 1e6, UTC).date()
        if at != NOW or not everything:
            return self._by_words_alone().enhance(question, today=today, filtering=filtering)
        context = self._context.get()
        enhancer = Enhancer(context.intents) if context.intents else self._by_words_alone()
        return enhancer.enhance(
            question,
            known=context.names,
            expand=self._vocabulary.expand,
            today=today,
            filtering=filtering,
        )

    def ready(self) -> None:
        """Have read what the first question needs, as far as it waits for it."""
        self._context.get()
        self._vocabulary.ready()

    def positions(self) -> Sequence[int]:
        """Answer the seqs up to which places and judgements are known, and are learned from."""
        return self._context.positions()

    def refresh(self) -> None:
        """Know all that is in the log now, and what is to be learned from it.

        Raises:
            Unavailable: the database did not answer.
        """
        self._context.refresh()

    def close(self) -> None:
        """Read no more."""
        self._context.close()

    def _by_words_alone(self) -> Enhancer:
        if self._shipped is None:
            self._shipped = Enhancer()
        return self._shipped


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The parts of searching.

    Attributes:
        attributes: of documents, for filters.
        graphs: the graph for who may see only some documents.
        understanding: of questions.
        ranking: orders what was found.
        rag: finds and cites.
        indexed: the seq up to which passages are found by their words.
        serving: the model in service, by which passages are found by their meaning.
        positions: how far is what searches read, always in the same order.
        warm: loads the models that searches need.
    """

    attributes: Attributes
    graphs: PartialGraphs
    understanding: Understanding
    ranking: RankingStage
    rag: RagSage
    indexed: Callable[[], Seq]
    serving: Callable[[], Model]
    positions: Callable[[], Sequence[int]]
    warm: Callable[[], None]


def open_retrieval(
    settings: Settings,
    home: Path,
    reader: Reader,
    database: Database,
    indexes: tuple[LexicalIndex, Serving, GraphFollower],
    clock: Clock,
) -> Retrieval:
    """Put the parts together over one home's indexes: words, meaning, graph."""
    lexical, serving, graph = indexes
    attributes, names, vocabulary = Attributes(reader), LinkedNames(database), Vocabulary(database)
    served = ServedGraph(database, graph, lexical.count, attributes.visible)
    evidence = Evidence(names, served, lexical, reader.texts)
    further: list[Retriever] = [Phrases(lexical, reader.chunks), Recency(lexical, reader.times)]
    ranking = RankingStage(evidence, rankers(home, wanted=settings.ranker))
    rag = RagSage(
        lexical=lexical,
        dense=serving.model,
        citer=Citer(database),
        coverage=lambda: serving.coverage(lexical.count),
        head=reader.head,
        speaking=attributes.speaking,
        fusing=Fusing(dense_weight=settings.dense_weight),
        vocabulary=vocabulary,
        synonym_weight=settings.synonym_weight,
        further=further,
        ranking=ranking,
        finishing=Finishing(database, _reranking(settings), settings.rerank_depth),
    )
    learned = KeptWeights(Home(home).followers / "intents.npz", writable=lexical.writable)
    understanding = Understanding(database, names, vocabulary, clock, learned)

    def positions() -> Sequence[int]:
        understanding.ready()
        exact = serving.model().exact.position()
        read = [each.position() for each in (names, vocabulary, served)]
        return (lexical.position(), exact, *read, *understanding.positions())

    state = lexical.position, serving.model, positions, partial(_warm, serving, rag)
    graphs = PartialGraphs(database, attributes, kept=settings.partial_graphs)
    return Retrieval(attributes, graphs, understanding, ranking, rag, *state)


def _warm(serving: Serving, rag: RagSage) -> None:
    serving.warm()
    rag.warm()


def _reranking(settings: Settings) -> Callable[[], Reranker | None]:
    """Make what opens the reranker of the settings when the first search needs it.

    Raises:
        InvalidInput: there is none of that name.
    """
    check_reranker(settings.reranker)
    options = embedder_options(settings, settings.models_dir)
    return lambda: open_reranker(settings.reranker, options)


def restricted(given: object, query: HybridQuery) -> object:
    """Join a caller's filter with those that the words ask for; None for neither."""
    parts: Sequence[object] = [
        *([] if given is None or given == {} else [given]),
        *(dict(each.filter) for each in query.filters),
    ]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"$and": list(parts)}
