"""Who takes nothing of an answer is left, so that nobody keeps it waiting for ever."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class SlowReaders:
    """Middleware that ends an answer of which no part was taken for some seconds.

    The server then closes the connection, as the answer is not whole.
    """

    def __init__(self, app: ASGIApp, *, silence_seconds: float) -> None:
        """Take what answers, and for how long a part of it may wait to be taken."""
        self._app = app
        self._seconds = silence_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send an answer for as long as it is taken."""
        left = False

        async def sending(message: Message) -> None:
            nonlocal left
            if left:
                raise _Left
            try:
                async with asyncio.timeout(self._seconds):
                    await send(message)
            except TimeoutError:
                left = True
                raise _Left from None

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if not left:
                raise


class _Left(OSError):  # noqa: N818 - says what happened
    """What a server raises when nobody listens any more; apps stop at it."""
