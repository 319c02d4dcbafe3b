"""The parts of the Knowledge Sage beyond documents: graph, patterns, labels, people's decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from api.homes import Home
from api.serving import Serving
from foundation.clock import Clock
from foundation.database.engine import Database
from foundation.ids import Seq
from knowledge.classification.classifier import Classifier
from knowledge.classification.model import Quality
from knowledge.curation import Curation
from knowledge.follower import FeedSource
from knowledge.graph.explorer import Explorer
from knowledge.graph.follower import GraphFollower
from knowledge.graph.store import GraphStore
from knowledge.graph.themes import Summarise, Themes
from knowledge.graph.words import WordsFollower
from knowledge.labelling import Labelling, Meaning
from knowledge.learning import Learner
from knowledge.sage import KnowledgeSage
from retrieval.following import Following, UpTo
from retrieval.indexes.lexical import LexicalIndex

_EVERYTHING: Final = 1_000_000_000
_RESTS: Final = 2.0
"""What the graph costs hangs more on its size than on what is new: a third of a core at most."""
"""Chunks in a feed: what looks at all that is current needs no small steps."""


@dataclass(frozen=True, slots=True)
class Knowing:
    """What the composition root puts together.

    Attributes:
        meaning: answers the embedding model in service.
        quality: measures a document, by its title and text.
    """

    graph: GraphFollower
    words: WordsFollower
    explorer: Explorer
    themes: Themes
    learner: Learner
    curation: Curation
    labelling: Labelling
    meaning: Callable[[], Meaning]
    quality: Callable[[str, str], Quality]

    def following(self, source: FeedSource, lexical: Callable[[], Seq]) -> list[Following]:
        """List the followers; what looks for words waits for the lexical index."""
        learner = self.learner
        return [
            Following(self.words, UpTo(source, lexical)),
            Following(self.graph, source, step=_EVERYTHING, rests=_RESTS, in_memory=True),
            Following(learner, source, step=_EVERYTHING, interrupt=learner.interrupt),
        ]


def open_knowing(
    home: Home,
    database: Database,
    clock: Clock,
    sage: KnowledgeSage,
    lexical: LexicalIndex,
    serving: Serving,
    summarise: Summarise | None,
) -> Knowing:
    """Put the parts together."""

    def meaning() -> Meaning:
        model = serving.model()
        return Meaning(
            vectors=model.vectors.vectors,
            embed=lambda texts: model.embedder.embed_documents(list(texts)),
            languages=model.embedder.languages,
        )

    graph = GraphFollower(database)
    memory = home.followers / "graph" / "communities.json"
    return Knowing(
        graph=graph,
        words=WordsFollower(database, clock, lambda name: lexical.containing(name).tolist()),
        explorer=Explorer(database, GraphStore(database), graph),
        themes=Themes(database, graph, memory, summarise),
        learner=Learner(database, sage, clock),
        curation=Curation(database, clock),
        labelling=Labelling(database, meaning),
        meaning=meaning,
        quality=Classifier().quality,
    )
