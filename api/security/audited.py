"""Every request in the audit log: who asked for what, and how it ended."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from anyio import CapacityLimiter, to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from api.request_ids import FIELD
from api.security.calls import Call, Layer
from foundation.clock import Clock, Micros, system_clock
from foundation.errors import GuildError
from foundation.ids import new_id
from foundation.security.audit_entry import Caller, Entry, Result
from foundation.security.audit_port import Auditor
from foundation.security.policy import Operation
from foundation.security.rates import Buckets, MemoryBuckets, Rate

_log = structlog.get_logger(__name__)

CRITICAL: Final = frozenset(
    {Operation.WRITE, Operation.DELETE, Operation.CURATE, Operation.LEARN, Operation.ADMIN}
)
"""What changes something: it is in the log before it is answered."""

_REFUSALS: Final = Rate("refusals", 10.0, 100)
"""Entries on what one client was refused: a flood of wrong keys must not become a flood here."""

_THREADS: Final = 16
_DENIED: Final = (401, 403)
_WRONG: Final = 400
_FAULT: Final = 500


class Audited:
    """Middleware around the layers: what they refuse is told of too.

    What a rate limit refuses is not (a metric counts it), nor what anybody may ask, nor what
    another process told of. An answer to what changes something waits until its entry is on the
    disk; where that can't be, it is 503.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        auditor: Auditor,
        clock: Clock = system_clock,
        monotonic: Callable[[], int] = time.monotonic_ns,
        buckets: Buckets | None = None,
    ) -> None:
        """Take what is audited, and where entries go.

        Args:
            app: the app with its layers, which put the `Call` into the scope's state.
            auditor: takes the entries.
            clock: what time it is.
            monotonic: nanoseconds, for durations.
            buckets: bound what is told of refusals, for each client.
        """
        self._app = app
        self._auditor = auditor
        self._clock = clock
        self._monotonic = monotonic
        self._buckets = buckets or MemoryBuckets()
        self._threads: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Record a request when its answer begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        at, begun = self._clock(), self._monotonic()
        noted = withheld = False

        async def note(status: int) -> bool:
            call: Call | None = state.get("call")
            status = call.ended or status if call else status
            if call is None or not self._worth(call, status):
                return True
            micros = (self._monotonic() - begun) // 1_000
            named = {FIELD: state[FIELD]} if FIELD in state else {}
            entry = _entry(call, status, at=at, duration_micros=micros, told=named)
            return await self._recorded(entry, critical=_critical(call, status))

        async def sending(message: Message) -> None:
            nonlocal noted, withheld
            if message["type"] == "http.response.start" and not noted:
                noted = True
                withheld = not await note(message["status"])
                if withheld:
                    await problem(503, _UNRECORDED)(scope, receive, send)
            if not withheld:
                await send(message)

        try:
            await self._app(scope, receive, sending)
        except BaseException:
            if not noted:
                await note(_FAULT)
            raise

    def _worth(self, call: Call, status: int) -> bool:
        """Tell whether a request is told of."""
        if call.refused is Layer.RATE or call.recorded:
            return False
        if status in _DENIED:
            return self._buckets.take(_REFUSALS, call.client or "unknown").allowed
        return call.match is not None and call.match.route.operation is not None

    async def _recorded(self, entry: Entry, *, critical: bool) -> bool:
        """Hand an entry over in a thread of its own, as it may wait; answer whether it was taken.

        Where all others are busy, a refusal still goes out.
        """
        if self._threads is None:  # it belongs to the event loop that runs
            self._threads = CapacityLimiter(_THREADS)
        try:
            await to_thread.run_sync(
                lambda: self._auditor.record(entry, critical=critical), limiter=self._threads
            )
        except GuildError as error:
            _log.error("audit.not_recorded", operation=entry.operation, error=str(error))
            return False
        return True


_UNRECORDED: Final = (
    "it can't be recorded in the audit log, so nothing more is said: try again later"
)


def _critical(call: Call, status: int) -> bool:
    operation = call.match.route.operation if call.match else None
    return operation in CRITICAL and status < _WRONG


def _result(status: int) -> Result:
    if status in _DENIED:
        return Result.DENIED
    if status >= _FAULT:
        return Result.FAILED
    return Result.REFUSED if status >= _WRONG else Result.OK


def _entry(
    call: Call, status: int, *, at: Micros, duration_micros: int, told: Mapping[str, object]
) -> Entry:
    """Say what was asked and by whom; the key itself is never told, a digest of it is."""
    layer = {"layer": call.refused.value} if call.refused else {}
    match, principal = call.match, call.principal
    resource = call.made or (match.resource if match else "")
    operation = match.route.operation if match else None
    shown = "\n".join(call.values("authorization"))
    caller = Caller(
        user=principal.id if principal else "",
        level=principal.role.value if principal else "",
        address=call.client,
        session=hashlib.sha256(shown.encode()).hexdigest()[:16] if shown else "",
    )
    return Entry(
        id=new_id(),
        at=at,
        operation=f"{call.method} {match.route.template if match else '(no route)'}",
        action=operation.value if operation else "",
        resource=resource,
        result=_result(status),
        caller=caller,
        duration_micros=duration_micros,
        metadata={"status": status, **layer, **_store(call, resource), **told},
    )


def _store(call: Call, resource: str) -> Mapping[str, str]:
    """Name the vector store where the resource is something in it."""
    store = call.match.named.get("vector_store_id") if call.match else None
    return {} if store in (None, resource) else {"vector_store_id": store}
