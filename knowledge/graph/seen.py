"""The graph as somebody sees it who may see only some documents: there are no others in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    LargeBinary,
    bindparam,
    cast,
    func,
    select,
    true,
)

from foundation.database.engine import Database
from foundation.database.schema import documents
from knowledge.log import AsOf

Look = Callable[[AsOf], AbstractContextManager[tuple[Connection, AsOf]]]
"""Opens the truth for reading, and answers a moment as it is to who looks."""

_SEEN: Final = b"\x01"


@dataclass(frozen=True, slots=True)
class Seen(AsOf):
    """A moment of which somebody sees some documents: rows of others are in no answer.

    What people decided about names, and what the machine worked out of all of them, was made in
    knowledge of documents that somebody may not see: at such a moment it does not hold.

    Attributes:
        mask: a byte for each document by its number: 1 where they see it, else 0.
    """

    mask: bytes = b""

    def holds(self, table: FromClause) -> ColumnElement[bool]:
        """Make the condition that a row is valid, and of a document that they see."""
        return AsOf.holds(self, table) & self.shows(table)

    def keeps(self, table: FromClause) -> ColumnElement[bool]:
        """Make the same condition for rows that another condition finds."""
        return AsOf.keeps(self, table) & self.shows(table)

    def shows(self, table: FromClause) -> ColumnElement[bool]:
        """Make the condition that a row (with a `document_id`) is of a document that they see."""
        theirs = documents.alias()
        mask = bindparam(None, self.mask, type_=LargeBinary)
        place = cast(theirs.c.number + 1, Integer)
        return (
            select(theirs.c.id)
            .where(theirs.c.id == table.c.document_id)
            .where(func.substr(mask, place, 1, type_=LargeBinary) == _SEEN)
            .correlate(table)
            .exists()
        )


def seen(at: AsOf, visible: NDArray[np.bool_]) -> Seen:
    """Make a moment of which somebody sees some documents.

    Args:
        at: the moment.
        visible: by document number, shape (n,); those beyond are not seen.
    """
    return Seen(at.seq, at.time, visible.tobytes())


def shown(at: AsOf, table: FromClause) -> ColumnElement[bool]:
    """Make the condition that who looks sees a row's document, whenever the row is valid."""
    return at.shows(table) if isinstance(at, Seen) else true()


def continues(at: AsOf, before: AsOf) -> bool:
    """Tell whether who looked before sees the same of all documents that there were then."""
    if isinstance(at, Seen):
        return isinstance(before, Seen) and at.mask.startswith(before.mask)
    return not isinstance(before, Seen)


def everything(database: Database) -> Look:
    """Look as who may see all documents."""

    @contextmanager
    def look(at: AsOf) -> Iterator[tuple[Connection, AsOf]]:
        with database.read() as connection:
            yield connection, at

    return look
