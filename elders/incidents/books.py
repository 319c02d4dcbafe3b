"""Rules in the guild's store: every book a version, none ever changed; incidents beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    func,
    insert,
    or_,
    select,
    update,
)

from elders.incidents.calibrate import Calibration
from elders.incidents.model import Finding
from elders.incidents.replay import Span
from elders.incidents.rules import DEFAULTS, LEARNED, Rulebook, read_rules, write_rules
from elders.incidents.watch import Calibrations
from elders.severity import Severity
from elders.store import metadata
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.errors import NotFound

OWED: Final = "owed"
"""In what was learned: what others were not given of it yet."""

_OWED: Final = f'%"{OWED}":%'
_ENOUGH: Final = 40
"""Judged anomalies from which on they say more than the shipped calibration."""

_books = Table(
    "guild_rulebooks",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("rules", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
_incidents = Table(
    "guild_incidents",
    metadata,
    Column("id", String, primary_key=True),
    Column("begun", BigInteger, nullable=False, index=True),
    Column("ended", BigInteger),
    Column("findings", Text, nullable=False),
    Column("judged", Boolean),
    Column("learned", Text, nullable=False),
)
"""`judged` says whether it was one indeed; null while nobody said so. `learned` is JSON."""


@dataclass(frozen=True, slots=True)
class Version:
    """A book as it was at a time."""

    version: int
    at: Micros
    book: Rulebook
    reason: str


@dataclass(frozen=True, slots=True)
class Incident:
    """Findings that belong together, as they came within a short time.

    Attributes:
        ended: when the last finding came; None while it may go on.
        judged: whether it was one indeed, as far as somebody said so.
        learned: what was learned of it, once it was.
    """

    id: str
    begun: Micros
    ended: Micros | None
    findings: Sequence[Finding]
    judged: bool | None
    learned: Mapping[str, Any]

    @property
    def real(self) -> bool | None:
        """Whether it was one: as judged; else yes where a limit was crossed or a circuit opened.

        A limit that was learned proves nothing: else rules would confirm themselves.
        """
        if self.judged is not None:
            return self.judged
        return True if any(map(_proves, self.findings)) else None


def _proves(finding: Finding) -> bool:
    learned = finding.labels.get("rule", "").startswith(LEARNED)
    return finding.kind == "circuit" or (finding.kind == "limit" and not learned)


class Books:
    """Versions of the rules. Calls block: use a thread.

    Args:
        store: as `open_store` answers it once this module is imported.
        clock: what time it is.
    """

    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def active(self) -> Version:
        """Answer the newest version; where there is none, the defaults become the first."""
        with self._store.read() as connection:
            row = connection.execute(
                select(_books).order_by(_books.c.version.desc()).limit(1)
            ).one_or_none()
        return _version(row._mapping) if row else self.adopt(DEFAULTS, "the rules to begin with")  # noqa: SLF001 - SQLAlchemy's public name

    def adopt(self, book: Rulebook, reason: str) -> Version:
        """Make a book the newest version."""
        told = json.dumps(write_rules(book))
        with self._store.write() as connection:
            newest = connection.execute(select(func.max(_books.c.version))).scalar() or 0
            row = {"version": newest + 1, "at": self._clock(), "rules": told, "reason": reason}
            connection.execute(insert(_books), [row])
        return _version(row)

    def revert(self, version: int) -> Version:
        """Make an earlier version's rules the newest version.

        Raises:
            NotFound: there was none.
        """
        known = {each.version: each for each in self.history()}
        if version not in known:
            raise NotFound(f"there is no version {version} of the rules")
        return self.adopt(known[version].book, f"as in version {version} again")

    def history(self) -> list[Version]:
        """List every version, the first one first."""
        with self._store.read() as connection:
            rows = connection.execute(select(_books).order_by(_books.c.version)).mappings()
            return [_version(row) for row in rows]


class Incidents:
    """Incidents in the store. Calls block: use a thread."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def put(self, incident: Incident) -> None:
        """Keep an incident as it is now, whether it is known or new."""
        values = {
            "id": incident.id,
            "begun": incident.begun,
            "ended": incident.ended,
            "findings": json.dumps([asdict(each) for each in incident.findings]),
            "judged": incident.judged,
            "learned": json.dumps(incident.learned),
        }
        with self._store.write() as connection:
            known = connection.execute(
                update(_incidents).where(_incidents.c.id == incident.id).values(values)
            )
            if not known.rowcount:
                connection.execute(insert(_incidents), [values])

    def judge(self, incident_id: str, *, real: bool) -> None:
        """Keep that somebody said whether it was one.

        Raises:
            NotFound: there is no such incident.
        """
        with self._store.write() as connection:
            known = connection.execute(
                update(_incidents).where(_incidents.c.id == incident_id).values(judged=real)
            )
        if not known.rowcount:
            raise NotFound(f"there is no incident {incident_id[:80]!r}")

    def open(self) -> Incident | None:
        """Answer the one that may go on."""
        going = select(_incidents).where(_incidents.c.ended.is_(None))
        with self._store.read() as connection:
            row = connection.execute(going.order_by(_incidents.c.begun.desc()).limit(1)).mappings()
            found = row.one_or_none()
        return None if found is None else _incident(found)

    def find(self, incident_id: str) -> Incident | None:
        """Answer an incident by its id; None where there is none."""
        mine = select(_incidents).where(_incidents.c.id == incident_id)
        with self._store.read() as connection:
            found = connection.execute(mine).mappings().one_or_none()
        return None if found is None else _incident(found)

    def owed(self, since: Micros) -> list[Incident]:
        """List those that ended and of which nothing was learned yet, or others are owed it."""
        learned = _incidents.c.learned
        query = select(_incidents).where(
            _incidents.c.begun >= since,
            _incidents.c.ended.is_not(None),
            or_(learned == "{}", learned.like(_OWED)),
        )
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(_incidents.c.begun)).mappings()
            return [_incident(row) for row in rows]

    def since(self, at: Micros) -> list[Incident]:
        """List those that began at a time or later, in their order."""
        query = select(_incidents).where(_incidents.c.begun >= at).order_by(_incidents.c.begun)
        with self._store.read() as connection:
            return [_incident(row) for row in connection.execute(query).mappings()]

    def calibrated(self) -> Calibrations:
        """Answer what scores mean, by judged anomalies where there are enough, else as shipped."""
        known = [
            (finding.score, each.judged)
            for each in self.since(Micros(0))
            for finding in each.findings
            if finding.kind == "anomaly" and each.judged is not None
        ]
        if len(known) < _ENOUGH:
            return Calibrations()
        scores, outcomes = zip(*known, strict=True)
        return Calibrations(anomaly=Calibration.fit(scores, outcomes))

    def real_since(self, at: Micros) -> list[Span]:
        """Answer when real ones were that ended."""
        return [Span(each.begun, each.ended) for each in self.since(at) if each.ended and each.real]


def _version(row: Mapping[str, Any] | RowMapping) -> Version:
    return Version(
        row["version"], Micros(row["at"]), read_rules(json.loads(row["rules"])), row["reason"]
    )


def _incident(row: RowMapping) -> Incident:
    return Incident(
        row["id"],
        Micros(row["begun"]),
        None if row["ended"] is None else Micros(row["ended"]),
        [read_finding(each) for each in json.loads(row["findings"])],
        row["judged"],
        json.loads(row["learned"]),
    )


def read_finding(told: Mapping[str, Any]) -> Finding:
    """Read a finding as `asdict` tells it."""
    return Finding(**{**told, "severity": Severity(told["severity"]), "at": Micros(told["at"])})
