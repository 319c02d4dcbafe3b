"""What a home adds to what a question's words say: its names, and what people said of questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from foundation.database.engine import Database
from foundation.ids import Seq
from knowledge.curation import INTENDED, standing
from knowledge.graph.linking import NameIndex
from knowledge.questions import Intent
from retrieval.enhancement.intent import IntentClassifier, learned_weights
from retrieval.enhancement.kept import KeptWeights
from retrieval.enhancement.learning import IntentLearner, Judged, Learn, judged_of
from retrieval.enhancement.names import NOTHING, Names, read_places
from retrieval.enhancement.training import Example
from retrieval.recent import Recent


@dataclass(frozen=True, slots=True)
class Context:
    """What questions are understood by; it never changes.

    Attributes:
        names: of things, collections, folders and authors.
        judged: questions of which people said the intent, each once, the newest last.
        intents: what they said, and what was learned from it so far; None where nobody did.
    """

    names: Names = NOTHING
    judged: Sequence[Example] = ()
    intents: IntentClassifier | None = None


class HomeContext:
    """Follows the log with the context that holds now; a search never waits for it but once.

    What people judged is read apart from the names of places, which are many in a large home, and
    what is learned from it follows.
    """

    def __init__(
        self,
        database: Database,
        *,
        index: Callable[[], NameIndex],
        kept: KeptWeights | None = None,
        learn: Learn = learned_weights,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing.

        Args:
            database: the truth.
            index: answers the names of things.
            kept: where what is learned is kept; None for nowhere.
            learn: learns from judgements, which takes a while.
            monotonic: seconds of a clock that is never set back.
        """
        self._index = index
        self._learner = IntentLearner(kept, learn=learn, monotonic=monotonic)
        self._learned = Seq(0)
        self._judged: Recent[Judged] = Recent(
            "judged", database, self._read_judged, Judged(), monotonic=monotonic
        )
        self._places: Recent[Names] = Recent(
            "places", database, read_places, NOTHING, monotonic=monotonic
        )

    def get(self) -> Context:
        """Answer what is known; right after a change, what was known before it."""
        judged, names = self._judged.get(), self._places.get()
        intents = self._learner.intents(judged)
        return Context(replace(names, index=self._index()), judged.examples, intents)

    def positions(self) -> tuple[Seq, Seq, Seq]:
        """Answer the seqs up to which places and judgements are known, and are learned from."""
        places, judged = self._places.position(), self._judged.position()
        if self._learner.knows(self._judged.get()):
            self._learned = judged
        return places, judged, self._learned

    def refresh(self) -> None:
        """Bring the context to the head of the log now, and learn what is to be learned.

        Raises:
            Unavailable: the database did not answer.
        """
        self._judged.refresh()
        self._places.refresh()
        self._learner.learn(self._judged.get())

    def close(self) -> None:
        """Wait for what is being read and learned, and read no more."""
        self._judged.close()
        self._places.close()
        self._learner.close()

    def _read_judged(self, connection: Connection, before: Judged) -> Judged:
        examples = read_judged(connection)
        if examples == before.examples:
            return before
        judged = judged_of(examples)
        self._learner.recall(judged)
        return judged


def read_judged(connection: Connection) -> list[Example]:
    """Read the questions of which people said the intent, in the order in which they did.

    What a later version of this program wrote may name intents that this one does not know.
    """
    known = set(map(str, Intent))
    said = [each for each in standing(connection, kind=INTENDED) if each.object in known]
    return [Example(each.data["query"], Intent(each.object)) for each in said]
