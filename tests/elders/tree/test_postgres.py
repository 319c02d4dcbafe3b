from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

from elders.levels import CLAUDE_ELDER, Sage
from elders.messages import Message
from elders.store import open_store
from elders.tree.council import Decision, Opinion
from elders.tree.reports import Report
from elders.tree.tree import ElderTree
from foundation.database.database import Database
from tests.elders.conftest import Hands
from tests.elders.tree.carrier import Carrier


def test_what_the_tree_keeps_is_kept_on_postgresql_too(
    fresh_postgres_url: str, tmp_path: Path, clock: Hands
) -> None:
    carrier = Carrier()

    async def main(database: Database) -> None:
        tree = ElderTree(carrier, database, clock=clock)
        task = Message("task_sage", "servant.one", "task", {}, clock(), key="k")
        assert await tree.escalate(task, "beyond me")
        assert not await tree.escalate(task, "beyond me")
        for text in ("one", "two"):
            await tree.report(Report("rag_sage", "index.built", text))
        decision = Decision("operation", "Compact.", "task_sage")
        opinion = Opinion(Sage.RAG, decision.subject, approves=True, reason="yes", at=clock())
        for _ in range(2):
            await tree.opine(opinion, by="rag_sage")
        clock.move(3600)
        await tree.tick()
        await tree.acknowledge("k", CLAUDE_ELDER)
        assert len(await tree.steps("k")) == 2
        assert await tree.waiting() == []
        await tree.forget()

    with closing(open_store(tmp_path, fresh_postgres_url)) as database:
        asyncio.run(main(database))
    assert [each.topic for each in carrier.boxes[CLAUDE_ELDER]] == ["task", "report.digest"]
