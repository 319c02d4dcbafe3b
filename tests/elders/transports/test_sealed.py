"""Sealed messages: who may send as whom, and that each is acted on once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from elders.messages import Message
from elders.store import open_store
from elders.transport import Handler
from elders.transports.memory import MemoryTransport
from elders.transports.replays import Claim, Replays
from elders.transports.sealed import SealedTransport, Validity
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import Forbidden
from foundation.security.envelopes import Keys
from tests.elders.transports.buses import (
    LIMITS,
    Inbox,
    Watch,
    eventually,
    member_keys,
    message,
    run,
)

KEYS = member_keys("claude_elder", "task_sage")


@pytest.fixture
def watch() -> Watch:
    return Watch()


Open = Callable[[], Database]


@contextmanager
def replays(opened: Open, watch: Watch) -> Iterator[Replays]:
    with closing(opened()) as database:
        yield Replays(database, watch)


@pytest.fixture
def sqlite(tmp_path: Path, watch: Watch) -> Iterator[Replays]:
    with replays(lambda: open_store(tmp_path), watch) as found:
        yield found


class Wiretap(MemoryTransport):
    """Keeps what passes, and takes it again."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(clock=watch, limits=LIMITS)
        self.passed: list[Message] = []
        self.handlers: dict[str, Handler] = {}

    async def send(self, message: Message) -> None:
        self.passed.append(message)
        await super().send(message)


@asynccontextmanager
async def wired(
    watch: Watch, sqlite: Replays, keys: Keys = KEYS
) -> AsyncIterator[tuple[Wiretap, SealedTransport]]:
    wire = Wiretap(watch)
    sealed = SealedTransport(wire, keys, sqlite, clock=watch, validity=Validity(3_600, 30))
    yield wire, sealed
    await sealed.close()


def test_who_listens_on_the_way_reads_nothing(watch: Watch, sqlite: Replays) -> None:
    async def work() -> None:
        async with wired(watch, sqlite) as (wire, bus):
            await bus.send(message("a plan", body={"secret": "of ours"}))
            outside = wire.passed[0].encode()
            assert b"plan" not in outside
            assert b"of ours" not in outside

    run(work())


def test_nobody_sends_in_the_name_of_one_whose_key_they_lack(watch: Watch, sqlite: Replays) -> None:
    async def work() -> None:
        mine = replace(KEYS, signing={"task_sage": KEYS.signing["task_sage"]})
        async with wired(watch, sqlite, mine) as (wire, bus):
            with pytest.raises(Forbidden, match="no key to send as claude_elder"):
                await bus.send(message())
            assert wire.passed == []

    run(work())


def test_what_is_not_sealed_or_by_somebody_else_is_laid_aside_at_once(
    watch: Watch, sqlite: Replays
) -> None:
    async def work() -> None:
        foreign = member_keys("claude_elder")
        async with wired(watch, sqlite) as (wire, bus):
            inbox = Inbox()
            forger = SealedTransport(wire, foreign, sqlite, clock=watch)
            plain = message("plain")
            await wire.send(plain)
            await forger.send(message("forged"))
            forged = wire.passed[-1]
            await bus.send(message("for another", "rag_sage"))
            misled = replace(wire.passed[-1], recipient="task_sage")
            await wire.send(misled)
            await bus.send(message("true"))
            await bus.listen("task_sage", inbox)
            await eventually(lambda: bool(inbox.topics))
            assert inbox.topics == ["true"]
            assert bus.counts.refused == 3
            assert await bus.dead("task_sage") == [plain, forged, misled]

    run(work())


def test_what_has_expired_or_is_of_the_future_is_refused(watch: Watch, sqlite: Replays) -> None:
    async def work() -> None:
        async with wired(watch, sqlite) as (wire, bus):
            inbox = Inbox()
            await bus.listen("task_sage", inbox)
            await bus.send(message("now", expires_at=Micros(watch.now + 1_000_000)))
            await eventually(lambda: inbox.topics == ["now"])
            watch.advance(32)
            await wire.send(replace(wire.passed[0], expires_at=None))
            await eventually(lambda: bus.counts.refused == 1)
            await bus.send(message("later"))
            await eventually(lambda: inbox.topics == ["now", "later"])
            watch.advance(-31)
            await wire.send(replace(wire.passed[-1], expires_at=None))
            await eventually(lambda: bus.counts.refused == 2)

    run(work())


def test_what_fails_is_accepted_again(watch: Watch, sqlite: Replays) -> None:
    async def work() -> None:
        async with wired(watch, sqlite) as (_, bus):
            inbox = Inbox()
            inbox.failing = {"bad"}
            await bus.listen("task_sage", inbox)
            await bus.send(message("bad"))
            await bus.send(message("good"))
            await eventually(lambda: "good" in inbox.topics)
            assert inbox.topics == ["bad", "bad", "bad", "good"]
            assert [each.topic for each in await bus.dead("task_sage")] == ["bad"]
            assert bus.counts.replayed == 0

    run(work())


def test_a_thousand_replays_at_once_and_after_a_restart_are_accepted_once(
    watch: Watch, reopened: Open
) -> None:
    async def replayed(outside: Message, copies: int, handler: Handler) -> int:
        """Have several processes take copies, all at the same time; count what they dropped."""
        stores = [await asyncio.to_thread(reopened) for _ in range(2)]
        buses = [
            SealedTransport(
                MemoryTransport(clock=watch), KEYS, Replays(each, watch), clock=watch,
                sleep=lambda _seconds: asyncio.sleep(0.01),
            )
            for each in stores
        ]  # fmt: skip
        await asyncio.gather(
            *(buses[number % 2]._accept(outside, "task_sage", handler) for number in range(copies))
        )
        for each in stores:
            each.close()
        return sum(each.counts.replayed for each in buses)

    async def work() -> None:
        inbox = Inbox()

        async def slow(each: Message) -> None:
            await asyncio.sleep(0.05)
            await inbox(each)

        with replays(reopened, watch) as found:
            async with wired(watch, found) as (wire, bus):
                await bus.send(message())
        assert await replayed(wire.passed[0], 1_000, slow) == 999
        assert await replayed(wire.passed[0], 100, slow) == 100
        assert len(inbox.messages) == 1

    asyncio.run(work())


def test_what_a_process_died_with_is_accepted_again_when_its_lease_is_over(
    watch: Watch, reopened: Open
) -> None:
    with replays(reopened, watch) as died, replays(reopened, watch) as following:
        expires_at = watch.now + 3_600_000_000
        assert died.claim("e", expires_at=expires_at) is Claim.MINE
        assert died.claim("e", expires_at=expires_at) is Claim.OTHERS
        watch.advance(10)
        died.renew("e")
        watch.advance(14)
        assert following.claim("e", expires_at=expires_at) is Claim.OTHERS
        watch.advance(2)
        assert following.claim("e", expires_at=expires_at) is Claim.MINE
        died.finish("e")
        died.release("e")
        assert following.claim("e", expires_at=expires_at) is Claim.OTHERS
        following.finish("e")
        assert died.claim("e", expires_at=expires_at) is Claim.DONE
        following.release("e")
        assert died.claim("e", expires_at=expires_at) is Claim.DONE


def test_what_was_released_may_be_accepted_again(watch: Watch, sqlite: Replays) -> None:
    expires_at = watch.now + 3_600_000_000
    assert sqlite.claim("e", expires_at=expires_at) is Claim.MINE
    sqlite.release("e")
    assert sqlite.claim("e", expires_at=expires_at) is Claim.MINE


def test_envelopes_are_forgotten_when_they_have_expired(watch: Watch, reopened: Open) -> None:
    with closing(reopened()) as database:
        found = Replays(database, watch)
        for number in range(5):
            found.claim(f"e{number}", expires_at=watch.now + 100_000_000)
            found.finish(f"e{number}")
        watch.advance(99)
        assert found.claim("e1", expires_at=watch.now + 1) is Claim.DONE
        watch.advance(2)
        found.claim("new", expires_at=watch.now + 100_000_000)
        with database.read() as connection:
            left = connection.exec_driver_sql("SELECT id FROM guild_envelopes").scalars().all()
        assert left == ["new"]
