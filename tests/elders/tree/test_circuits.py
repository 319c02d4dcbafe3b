from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from blockbuster import blockbuster_ctx

from elders.tree.circuits import CircuitNotices
from foundation.breaker import Breakers, Limits
from foundation.errors import Forbidden, Unavailable
from tests.elders.conftest import Hands
from tests.elders.tree.carrier import Carrier


def test_the_incident_sage_learns_what_opened_and_what_closed(clock: Hands) -> None:
    carrier = Carrier(broken=True)
    notices = CircuitNotices(carrier, sender="rag_sage", clock=clock)
    seconds = [0.0]
    breakers = Breakers(limits=Limits(2, 60.0), monotonic=lambda: seconds[0])
    breakers.listen(notices)

    async def main() -> None:
        for _ in range(2):
            with suppress(Unavailable), breakers.of("embedder").guarding():
                raise Unavailable("gone")
        assert await notices.send() == 0
        seconds[0] = 60.0
        with breakers.of("embedder").guarding():
            pass
        carrier.broken = False
        assert await notices.send() == 2
        assert await notices.send() == 0

    with blockbuster_ctx():
        asyncio.run(main())
    opened, closed = carrier.boxes["incident_sage"]
    assert opened.body == {"name": "embedder", "before": "closed", "after": "open"}
    assert closed.body == {"name": "embedder", "before": "half_open", "after": "closed"}
    assert opened.key != closed.key


def test_they_come_from_somebody_who_may_tell_him(clock: Hands) -> None:
    with pytest.raises(Forbidden, match="grand_elder -> claude_elder -> incident_sage"):
        CircuitNotices(Carrier(), sender="grand_elder", clock=clock)
