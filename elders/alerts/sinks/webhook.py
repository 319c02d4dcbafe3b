"""Notices as signed JSON to a service of one's own."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Final

from elders.alerts.model import MICROS, Notice
from elders.alerts.sinks.posting import Poster
from elders.alerts.wording import body_of
from foundation.breaker import Breakers
from foundation.clock import Clock
from foundation.errors import Forbidden

SIGNATURE: Final = "X-Elders-Signature"
KEY: Final = "Idempotency-Key"
_TOLERANCE_SECONDS: Final = 300


def signature(secret: str, body: bytes, at_seconds: int) -> str:
    """Sign a body with the time, so that it can't be sent again much later.

    Source: HMAC-SHA256 (RFC 2104) of `TIME.BODY`, in hexadecimal digits.
    """
    digest = hmac.new(secret.encode(), f"{at_seconds}.".encode() + body, hashlib.sha256)
    return f"t={at_seconds},v1={digest.hexdigest()}"


def check_signature(secret: str, body: bytes, told: str, now_seconds: int) -> None:
    """Check what a webhook was sent: for those who receive notices.

    Raises:
        Forbidden: it is not signed with this secret, or five minutes old.
    """
    at, _, _ = told.removeprefix("t=").partition(",")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        raise Forbidden(f"the header {SIGNATURE} has no time")
    if not hmac.compare_digest(signature(secret, body, int(at)).encode(), told.encode()):
        raise Forbidden(f"the header {SIGNATURE} does not fit the body: check the secret")
    if abs(now_seconds - int(at)) > _TOLERANCE_SECONDS:
        raise Forbidden("the notice was signed more than five minutes ago")


class WebhookSink:
    """Posts each notice, signed. `Idempotency-Key` is the same each time that one is sent.

    Args:
        name: as the rules name it.
        url: where to.
        secret: shared with whoever receives.
        clock: what time it is.
        breakers: where its breaker is.

    Raises:
        InvalidInput: the address is none.
    """

    def __init__(
        self, name: str, url: str, *, secret: str, clock: Clock, breakers: Breakers
    ) -> None:
        self.name = name
        self._secret = secret
        self._clock = clock
        self._poster = Poster(url, name=name, breakers=breakers)

    async def send(self, notice: Notice, receiver: str) -> None:
        """Post a notice.

        Raises:
            Unavailable: it did not answer, or not now.
            InvalidInput: it refused.
        """
        told = {**body_of(notice), "receiver": receiver}
        body = json.dumps(told, ensure_ascii=False).encode()
        signed = signature(self._secret, body, self._clock() // MICROS)
        await self._poster.post(body, {SIGNATURE: signed, KEY: f"{notice.key}:{receiver}"})

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()
