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
from retrieval.enhancement.intent import IntentClassifier, learned_intents
from retrieval.enhancement.names import NOTHING, Names, read_places
from retrieval.enhancement.training import Example
from retrieval.recent import Recent


@dataclass(frozen=True, slots=True)
class Context:
    """What questions are understood by; it never changes.

    Attributes:
        names: of things, collections, folders and authors.
        judged: questions of which people said the intent, each once, the newest last.
        intents: what was learned from them; None where there are none.
    """

    names: Names = NOTHING
    judged: Sequence[Example] = ()
    intents: IntentClassifier | None = None


class HomeContext:
    """Follows the log with the context that holds now; a search never waits for it but once.

    All of it is of one seq, so that one position tells what a question was understood by.
    """

    def __init__(
        self,
        database: Database,
        *,
        index: Callable[[], NameIndex],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing.

        Args:
            database: the truth.
            index: answers the names of things.
            monotonic: seconds of a clock that is never set back.
        """
        self._index = index
        self._recent: Recent[Context] = Recent(
            "context", database, read_context, Context(), monotonic=monotonic
        )

    def get(self) -> Context:
        """Answer what is known; right after a change, what was known before it."""
        found = self._recent.get()
        return replace(found, names=replace(found.names, index=self._index()))

    def position(self) -> Seq:
        """Answer the seq that the context is of, but for the names of things."""
        return self._recent.position()

    def refresh(self) -> None:
        """Bring the context to the head of the log now.

        Raises:
            Unavailable: the database did not answer.
        """
        self._recent.refresh()

    def close(self) -> None:
        """Wait for what is being read, and read no more."""
        self._recent.close()


def read_context(connection: Connection, before: Context) -> Context:
    """Read what holds; the classifier learns anew only where people said something else."""
    judged = read_judged(connection)
    intents = before.intents
    if judged != before.judged:
        intents = learned_intents(judged) if judged else None
    return Context(read_places(connection, before.names), judged, intents)


def read_judged(connection: Connection) -> list[Example]:
    """Read the questions of which people said the intent, in the order in which they did.

    What a later version of this program wrote may name intents that this one does not know.
    """
    known = set(map(str, Intent))
    said = [each for each in standing(connection, kind=INTENDED) if each.object in known]
    return [Example(each.data["query"], Intent(each.object)) for each in said]
