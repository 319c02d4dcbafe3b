"""What is new about patterns since somebody looked last: the guild follows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from foundation.database.schema import changes
from foundation.errors import Conflict
from foundation.ids import Seq
from knowledge.log import PURGED, head
from knowledge.patterns.model import Pattern
from knowledge.patterns.store import read_patterns


@dataclass(frozen=True, slots=True)
class Changed:
    """Patterns that changed after a cursor, in the order of their changes, as they are now.

    Attributes:
        next: the cursor to go on with; every pattern has a change of its own, so none is skipped.
        head: the newest change of all.
        purged: the newest change that purged a document, 0 for none. Patterns that it was evidence
            of are gone without a trace: whoever knows them forgets all and begins again at 0.
    """

    patterns: Sequence[Pattern]
    next: int
    head: Seq
    purged: Seq


def read_changed(
    connection: Connection, *, since: int, kinds: Collection[str] = (), limit: int
) -> Changed:
    """Read what changed after a cursor.

    Raises:
        Conflict: the log does not reach that far.
    """
    newest = checked_cursor(connection, since)
    found = read_patterns(connection, kinds=kinds, since=since, limit=limit)
    query = select(func.max(changes.c.seq)).where(changes.c.kind == PURGED)
    purged = connection.execute(query).scalar_one_or_none() or 0
    following = found[-1].valid_from if found else since
    return Changed(found, following, newest, Seq(purged))


def checked_cursor(connection: Connection, cursor: int) -> Seq:
    """Answer the head of the log, if a cursor is not beyond it.

    Raises:
        Conflict: it is: it comes from another base, or an older state was restored.
    """
    newest = head(connection)
    if cursor > newest:
        raise Conflict(
            f"the log ends at change {newest}, before the cursor {cursor}: an older state was"
            " restored, or the cursor is of another base; forget what you have, begin again at 0"
        )
    return newest
