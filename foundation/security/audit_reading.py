"""Searching the audit log, and reading through it, without holding a transaction open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, or_, select

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.database.schema import audit_entries
from foundation.errors import InvalidInput
from foundation.security.audit_entry import StoredEntry, stored

MOST: Final = 10_000
"""Entries in one answer."""

_PAGE: Final = 1_000
_ANY: Final = "*"
_SEARCHED: Final = ("operation", "user", "resource", "metadata")


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries; what is empty or None does not restrict.

    Attributes:
        since: begun at this moment or later.
        until: begun before this moment.
        user: of this user.
        operation: this operation, or with `*` at its end all that begin so: `documents.*`.
        resource: likewise.
        result: ended so.
        text: occurs in the operation, user, resource or metadata; upper and lower case of ASCII
            letters are the same.
    """

    since: Micros | None = None
    until: Micros | None = None
    user: str = ""
    operation: str = ""
    resource: str = ""
    result: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, the newest first.

    Attributes:
        cursor: hand it in for the next page; None where this is the last one.
    """

    entries: list[StoredEntry]
    cursor: int | None


class AuditLog:
    """Reads what the audit trail wrote."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search(
        self,
        query: AuditQuery = AuditQuery(),
        *,
        limit: int = 50,
        cursor: int | None = None,
    ) -> AuditPage:
        """Find entries, the newest first.

        Args:
            query: which.
            limit: 1 to 10,000.
            cursor: of the page before.

        Raises:
            InvalidInput: the limit is out of bounds.
            Unavailable: the database did not answer.
        """
        if not 1 <= limit <= MOST:
            raise InvalidInput(f"limit is {limit}: ask for 1 to {MOST:,} entries at once")
        wanted = _restricted(query).order_by(audit_entries.c.seq.desc()).limit(limit + 1)
        if cursor is not None:
            wanted = wanted.where(audit_entries.c.seq < cursor)
        with self._database.read() as connection:
            found = [stored(row) for row in connection.execute(wanted).mappings()]
        return AuditPage(found[:limit], found[limit - 1].seq if len(found) > limit else None)

    def read(self, query: AuditQuery = AuditQuery()) -> Iterator[StoredEntry]:
        """Yield all entries that a query finds, the oldest first, a page in memory at a time."""
        last = -1
        while True:
            page = _restricted(query).where(audit_entries.c.seq > last)
            page = page.order_by(audit_entries.c.seq).limit(_PAGE)
            with self._database.read() as connection:
                found = [stored(row) for row in connection.execute(page).mappings()]
            yield from found
            if len(found) < _PAGE:
                return
            last = found[-1].seq


def _restricted(query: AuditQuery) -> Select[Any]:
    entries = audit_entries.c
    wanted: Select[Any] = select(audit_entries)
    if query.since is not None:
        wanted = wanted.where(entries.at >= query.since)
    if query.until is not None:
        wanted = wanted.where(entries.at < query.until)
    for name in ("user", "operation", "resource", "result"):
        value = getattr(query, name)
        if value.endswith(_ANY) and name in ("operation", "resource"):
            begins = entries[name].startswith(value.removesuffix(_ANY), autoescape=True)
            wanted = wanted.where(begins)
        elif value:
            wanted = wanted.where(entries[name] == value)
    if query.text:
        found = (entries[name].icontains(query.text, autoescape=True) for name in _SEARCHED)
        wanted = wanted.where(or_(*found))
    return wanted
