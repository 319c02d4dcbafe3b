from __future__ import annotations

import asyncio

import pytest
from blockbuster import blockbuster_ctx

from elders.alerts.model import Kind
from elders.alerts.sinks.tree import TreeSink
from elders.messages import Message
from elders.transports.memory import MemoryTransport
from elders.tree.tree import ElderTree
from foundation.database.database import Database
from tests.elders.alerts.conftest import notice
from tests.elders.conftest import Hands

RECEIVERS = ("grand_elder", "claude_elder", "incident_sage", "on_call_engineer")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            Kind.FIRING,
            {"grand_elder": 1, "claude_elder": 1, "incident_sage": 2},
        ),
        (Kind.RESOLVED, {"grand_elder": 0, "claude_elder": 1, "incident_sage": 2}),
    ],
)
def test_members_are_told_once_and_others_by_way_of_the_incident_sage(
    database: Database, clock: Hands, kind: Kind, expected: dict[str, int]
) -> None:
    seen: dict[str, list[Message]] = {name: [] for name in expected}

    async def main() -> None:
        transport = MemoryTransport(clock=clock)
        tree = ElderTree(transport, database, clock=clock)
        sink = TreeSink(tree, clock=clock)
        for name, box in seen.items():

            async def handle(message: Message, box: list[Message] = box) -> None:
                box.append(message)

            await tree.listen(name, handle)
        with blockbuster_ctx():
            for _ in range(2):
                for receiver in RECEIVERS:
                    await sink.send(notice(kind=kind), receiver)
        for _ in range(200):
            await asyncio.sleep(0.005)
            if {name: len(box) for name, box in seen.items()} == expected:
                break
        waiting = await tree.waiting()
        assert [case.message.recipient for case in waiting] == (
            ["grand_elder"] if kind is Kind.FIRING else []
        )
        await transport.close()

    asyncio.run(main())
    assert {name: len(box) for name, box in seen.items()} == expected
    assert seen["claude_elder"][0].sender == "incident_sage"
    assert seen["claude_elder"][0].body["title"] == "slow"
    assert seen["incident_sage"][1].body["receiver"] == "on_call_engineer"
