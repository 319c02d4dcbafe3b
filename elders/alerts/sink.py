"""What sends notices to those whom they concern, whatever it is made of."""

from __future__ import annotations

from typing import Protocol

from elders.alerts.model import Notice


class Sink(Protocol):
    """Sends notices, each at least once: whoever acts on one knows its `key`."""

    @property
    def name(self) -> str:
        """Name it, as the rules do."""
        ...

    async def send(self, notice: Notice, receiver: str) -> None:
        """Send a notice; when this returns it is safe.

        Raises:
            Unavailable: nothing took it in time; it may be sent again.
            InvalidInput: it was refused, as it would be again unless somebody mends something.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
