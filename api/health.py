"""How the platform and its machine are, and what the guild said of itself last."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from elders.health.metrics import Figures, Rises
from elders.health.model import Check, Health, Layer, Status
from elders.health.platform import (
    APPLICATION,
    BUSINESS,
    ApplicationReading,
    BusinessReading,
    Decided,
    Following,
    SecurityReading,
    judge_application,
    judge_business,
    judge_security,
)
from elders.health.report import guild_layer
from elders.health.system import SYSTEM, judge_system, read_system
from foundation.breaker import Phase
from foundation.database.schema import audit_entries
from foundation.errors import Unavailable
from ingest.jobs.model import JobState

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from api.auditing import Audit
    from api.homes import Home
    from api.knowledge_base import KnowledgeBase
    from foundation.clock import Micros

_DAY_MICROS: Final = 86_400_000_000
_JOBS: Final = 100
"""The newest jobs that are looked at."""

_AUDIT_ENTRIES: Final = 50_000
"""A longer audit log is not read for every look at health."""

_AUDIT_SECONDS: Final = 600.0
"""How long it is believed what was found of the audit log."""


def unopened(home: Home, error: Unavailable, now: Micros) -> Health:
    """Tell what can be known of a home whose database does not answer."""
    system = _judged(SYSTEM, lambda: judge_system(read_system(home.path)))
    return Health(now, [system, _away(APPLICATION, error), guild_layer(home.guild, now)])


def _judged(name: str, look: Callable[[], Layer]) -> Layer:
    try:
        return look()
    except Unavailable as error:
        return _away(name, error)


def _away(name: str, error: Unavailable) -> Layer:
    advice = "Mend what does not answer, and look again; `elders doctor` compares what is kept."
    return Layer(name, [Check("answers", Status.CRITICAL, str(error), advice)])


class Checkup:
    """Looks at one process's platform. Threads may share it.

    Args:
        base: the knowledge base.
        registry: what the process counts; none where it serves nobody.
        audit: the audit log; none where it is not to be looked at.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        base: KnowledgeBase,
        *,
        registry: CollectorRegistry | None = None,
        audit: Audit | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = base
        self._registry = registry
        self._audit = audit
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._audited: tuple[float, str | None, int] | None = None
        self._rises = Rises()

    def look(self) -> Health:
        """Look at everything; it reads the database, and the audit log every ten minutes.

        A layer of which nothing can be known, as the database or the disk is away, is critical.
        """
        parts = self._base.platform.parts
        figures = self._figures()
        shed, decisions = self._lately(figures)
        now = parts.clock()
        layers = [
            _judged(SYSTEM, lambda: judge_system(read_system(parts.home.path))),
            _judged(APPLICATION, lambda: judge_application(self._application(figures, shed))),
            _judged(BUSINESS, lambda: judge_business(self._business(figures, now))),
            judge_security(self._security(decisions)),
            guild_layer(parts.home.guild, now),
        ]
        return Health(now, layers)

    def _figures(self) -> Figures | None:
        if self._registry is None:
            return None
        from prometheus_client import generate_latest

        return Figures(generate_latest(self._registry).decode())

    def _lately(self, figures: Figures | None) -> tuple[int, dict[str, Decided]]:
        """Answer what was shed, and what the layers decided, in the last minutes."""
        if figures is None:
            return 0, {}
        counts = {"shed": figures.total("elders_requests_shed_total")}
        decisions = figures.decisions()
        for layer, each in decisions.items():
            counts |= {f"{layer} {name}": count for name, count in asdict(each).items()}
        with self._lock:
            rose = self._rises.of(counts, self._monotonic())
        return rose["shed"], {
            layer: Decided(*(rose[f"{layer} {name}"] for name in ("passed", "refused", "failed")))
            for layer in decisions
        }

    def _application(self, figures: Figures | None, shed: int) -> ApplicationReading:
        platform = self._base.platform
        begun = self._monotonic()
        platform.head()
        latency = self._monotonic() - begun
        lags = self._base.lags()
        breakers = platform.parts.breakers.all()
        own = {each.name for each in breakers if each.circuit.phase is Phase.OPEN}
        return ApplicationReading(
            ready=not any(lag.behind or lag.error for lag in lags if lag.name == "lexical"),
            latency_seconds=latency,
            followers=[Following(lag.name, lag.behind, lag.error) for lag in lags],
            left_alone=sorted(figures.left_alone() if figures else own),
            shed=shed,
        )

    def _business(self, figures: Figures | None, now: int) -> BusinessReading:
        lately = [
            job for job in self._base.jobs.list(limit=_JOBS) if job.created_at >= now - _DAY_MICROS
        ]
        documents: Counter[str] = Counter()
        for job in lately:
            documents.update(job.counts)
        return BusinessReading(
            documents=documents,
            failed_jobs=sum(job.state is JobState.FAILED for job in lately),
            waiting_jobs=sum(job.state is JobState.QUEUED for job in lately),
            searches=figures.total("elders_cache_answers_total") if figures else None,
        )

    def _security(self, decisions: Mapping[str, Decided]) -> SecurityReading:
        try:
            problem, entries = self._verified()
        except Unavailable as error:
            problem, entries = f"it can't be read: {error}", 0
        return SecurityReading(decisions, problem, entries)

    def _verified(self) -> tuple[str | None, int]:
        """Say what is wrong with the audit log; None where it was not read."""
        if self._audit is None:
            return None, 0
        with self._lock:
            at = self._monotonic()
            if self._audited is None or at - self._audited[0] > _AUDIT_SECONDS:
                self._audited = (at, *self._verify(self._audit))
            return self._audited[1:]

    def _verify(self, audit: Audit) -> tuple[str | None, int]:
        counted = select(func.count()).select_from(audit_entries)
        with self._base.platform.parts.database.read() as connection:
            if int(connection.execute(counted).scalar_one()) > _AUDIT_ENTRIES:
                return None, 0
        found = audit.verify()
        bad = found.problem
        told = f"entry {bad.first_bad:,} is not as it was written: {bad.reason}" if bad else ""
        return told, found.entries
