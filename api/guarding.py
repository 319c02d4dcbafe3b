"""The app with all that stands around it: layers of security, the audit log, metrics, traces."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import structlog
from opentelemetry.trace import get_tracer
from prometheus_client import CollectorRegistry, Counter

from api.app import create_app
from api.auditing import open_audit
from api.bodies import Pace
from api.breaking import BreakerCounts
from api.measuring import Measured
from api.openai.errors import OpenAIErrors
from api.patience import Searching
from api.request_ids import RequestIds
from api.security.audited import Audited
from api.security.counting import PrometheusCounts
from api.security.layers import Layers
from api.security.opening import open_security
from api.shedding import Places, Shedding, TurningAway
from api.slow_readers import SlowReaders
from api.tracing import Traced
from api.workers.metrics import served
from foundation.clock import system_clock
from foundation.ids import new_id
from foundation.operations.exporting import exporting
from foundation.operations.tracing import SCOPE, traced
from foundation.security.audit_entry import Caller, Entry, Result
from foundation.security.policy import Operation
from foundation.security.redaction.redacting import redact_data
from ingest.jobs.model import Limits
from retrieval.cache.model import How

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

    from api.knowledge_base import KnowledgeBase
    from api.security.calls import Call
    from foundation.security.audit import AuditTrail
    from foundation.security.behaviour import Assessment
    from foundation.security.settings import SecuritySettings
    from foundation.settings import Settings

_log = structlog.get_logger(__name__)

_SWITCH_SECONDS: Final = 0.001
"""A request changes threads several times, and by the default waits up to 5 ms for each."""

_AHEAD: Final = 4
"""Searches at work for each thread that works answers out: some are known, some are being read."""


@contextmanager
def guarded(
    base: KnowledgeBase,
    settings: Settings,
    security: SecuritySettings,
    *,
    ending: Callable[[], bool] = lambda: False,
    within: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    number: int = 0,
    registry: CollectorRegistry | None = None,
) -> Iterator[ASGIApp]:
    """Make the app of a knowledge base, guarded and audited, for as long as it serves.

    Args:
        base: what it serves.
        settings: of the platform.
        security: of the layers.
        ending: tells whether the server is about to end.
        within: puts something around the app, within the layers.
        number: of several processes, each of which learns behaviour apart.
        registry: of its metrics; by default a new one, that of the breakers' counts too.

    Raises:
        InvalidInput: a setting is wrong, or a secret weak or open to others.
        Unavailable: an extra is missing, or a key can't be read.
    """
    parts, registry = base.platform.parts, registry or _registry(base)
    audit = open_audit(settings, parts.database, parts.home.path, clock=parts.clock)
    trail = audit.trail(sanitise=sanitised)
    with ExitStack() as undo:
        undo.enter_context(exporting(os.environ))
        undo.enter_context(_switching_often())
        undo.callback(trail.close)
        guard = open_security(
            parts.home.path,
            parts.database,
            settings=security,
            clock=parts.clock,
            counts=PrometheusCounts(registry),
            alert=lambda found, call: _alert(trail, found, call),
            number=number,
            breakers=parts.breakers,
        )
        undo.callback(guard.close)
        base.cache.watched_by(_answers(registry))
        app = create_app(
            base, ending=ending, registry=served(registry), audit=audit,
            guarded=True, pace=Pace(settings.body_silence_seconds, settings.body_bytes_per_second),
            searching=Searching(settings.search_patience_seconds, settings.search_threads),
            job_limits=Limits(settings.job_quota, settings.job_bytes),
            bodies_bytes=settings.bodies_bytes, file_quota_bytes=settings.file_quota_bytes,
        )  # fmt: skip
        queues = _queued(app, settings, registry)
        inner = _left(within(Measured(queues, registry=registry)), settings)
        audited = Audited(Layers(inner, guard=guard.guard), auditor=trail, clock=parts.clock)
        yield RequestIds(OpenAIErrors(TurningAway(_timed(audited), shedding=queues)))


@contextmanager
def _switching_often() -> Iterator[None]:
    """Let the thread that takes requests wait no longer for those that work answers out."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _registry(base: KnowledgeBase) -> CollectorRegistry:
    registry = CollectorRegistry()
    BreakerCounts(registry, base.platform.parts.breakers)
    return registry


def _timed(app: ASGIApp) -> ASGIApp:
    """Put spans around requests, where anybody takes them."""
    return Traced(app, tracer=get_tracer(SCOPE)) if traced() else app


def _left(app: ASGIApp, settings: Settings) -> ASGIApp:
    return SlowReaders(app, silence_seconds=settings.body_silence_seconds)


def _queued(app: ASGIApp, settings: Settings, registry: CollectorRegistry) -> Shedding:
    waiting = settings.requests_waiting, settings.requests_patience_seconds
    places = Places(settings.requests_running, *waiting)
    searching = Places(min(settings.requests_running, _AHEAD * settings.search_threads), *waiting)
    return Shedding(
        app, places=places, other={Operation.SEARCH: searching}, shed=_counting(registry)
    )


def _counting(registry: CollectorRegistry) -> Callable[[str], None]:
    shed = Counter(
        "elders_requests_shed",
        "Requests that were refused because too many waited.",
        ["operation"],
        registry=registry,
    )
    return lambda operation: shed.labels(operation).inc()


def _answers(registry: CollectorRegistry) -> Callable[[How], None]:
    answers = Counter(
        "elders_cache_answers",
        "Answers to searches, by where they came from.",
        ["how"],
        registry=registry,
    )
    each = {how: answers.labels(how.value) for how in How}
    return lambda how: each[how].inc()


def sanitised(told: Mapping[str, object]) -> Mapping[str, object]:
    """Take sensitive values out of what the audit log is to keep."""
    clean: Mapping[str, object] = redact_data(dict(told))[0]
    return clean


def _alert(trail: AuditTrail, found: Assessment, call: Call) -> None:
    """Put into the audit log that somebody was refused for being unlike themselves."""
    reasons = [str(reason) for reason in found.reasons]
    _log.error("behaviour.refused", principal=found.principal, reasons=reasons)
    trail.record(
        Entry(
            id=new_id(),
            at=system_clock(),
            operation="behaviour.alert",
            action="alert",
            resource=found.principal,
            result=Result.DENIED,
            caller=Caller(user=found.principal, address=call.client),
            metadata={"score": round(found.score, 4), "reasons": reasons},
        )
    )
