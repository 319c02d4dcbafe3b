"""Requests with an `Idempotency-Key` are carried out once, however often they are sent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog
from anyio import CancelScope
from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from api.parts import Parts
from api.routes.asking import principal_of
from api.routes.strict import StrictRequest, StrictRoute
from foundation.errors import GuildError, InvalidInput
from foundation.idempotency import Answered, Idempotency
from foundation.ids import content_hash

_log = structlog.get_logger(__name__)

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
_KEY: Final = re.compile(r'"([ !#-\[\]-~]{1,255})"|([!#-\[\]-~]{1,255})')
_BOUNDARY: Final = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_OK: Final = range(200, 300)

ONCE: Final[list[dict[str, Any]]] = [
    {
        "name": HEADER,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 257},
        "description": "The same key with the same request is carried out once within 24 hours.",
    }
]
"""The header, for the OpenAPI document."""


def idempotency_of(parts: Parts) -> Idempotency:
    """Make what remembers the answers that a home's owner gives."""
    return Idempotency(parts.database, parts.clock, home=parts.home.path)


class OnceRoute(StrictRoute):
    """A route that carries a request with a key out once, and repeats its answer.

    It is for the routes that say so in the OpenAPI document, by `ONCE`: others need no such thing.
    An answer counts for the key's sender, with the rights of then, and for the route. Only a 2xx is
    kept: what failed did nothing, and may be tried again with the same key.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Stand around the usual handler."""
        handler = super().get_route_handler()
        if ONCE[0] not in (self.openapi_extra or {}).get("parameters", ()):
            return handler

        async def once(request: Request) -> Response:
            if HEADER not in request.headers:
                return await handler(request)
            again = StrictRequest(request.scope, request.receive)
            key = _key_of(again)
            sent = await run_in_threadpool(
                _digest, await again.body(), again.headers.get("content-type", "")
            )
            kept: Idempotency = request.app.state.idempotency
            before = await run_in_threadpool(kept.begin, key, sent)
            if before is not None:
                return Response(
                    before.body, before.status, {REPLAYED: "true"}, media_type=before.media_type
                )
            return await _carried_out(kept, key, lambda: handler(again))

        return once


async def _carried_out(
    kept: Idempotency, key: str, work: Callable[[], Coroutine[Any, Any, Response]]
) -> Response:
    try:
        answer = await work()
    except BaseException:
        await _ended(kept, key, None)
        raise
    body = bytes(answer.body)
    told = Answered(answer.status_code, answer.media_type or "", body)
    await _ended(kept, key, told if answer.status_code in _OK else None)
    return answer


async def _ended(kept: Idempotency, key: str, answer: Answered | None) -> None:
    """Write how it ended; what was done is done, so that a failure here is only logged."""
    with CancelScope(shield=True):
        try:
            if answer is None:
                await run_in_threadpool(kept.release, key)
            else:
                await run_in_threadpool(kept.finish, key, answer)
        except GuildError as error:
            _log.warning("idempotency.not_kept", reason=str(error))


def _key_of(request: Request) -> str:
    """Read the key, and hash it with all that it counts for.

    Raises:
        InvalidInput: it is empty, too long, double, or not visible ASCII.
    """
    lines = request.headers.getlist(HEADER)
    found = _KEY.fullmatch(lines[0].strip()) if len(lines) == 1 else None
    if found is None:
        raise InvalidInput(f"{HEADER}: send one, of 1 to 255 visible ASCII characters, in quotes")
    asker = principal_of(request)
    place = f"{request.method} {request.url.path}?{request.url.query}"
    return content_hash(
        asker.id, "\n".join(asker.access.permissions()), place, found[1] or found[2]
    )


def _digest(body: bytes, content_type: str) -> str:
    """Hash what was sent; the boundary of a form is new each time, and says nothing."""
    if boundary := _BOUNDARY.search(content_type):
        line = boundary[1].strip()
        content_type = content_type.replace(line, "")
        body = body.replace(b"--" + line.encode("latin-1"), b"--")
    return hashlib.sha256(content_type.encode("latin-1", "replace") + b"\n" + body).hexdigest()
