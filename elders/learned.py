"""What the Task Sage and the Incident Sage learn from the Knowledge Sage, over its internal API."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final, Protocol, Self

import httpx
import structlog
from pydantic import BaseModel, SecretStr

from elders.http import address_of, breaker_of, check_answer, headers_of, place_of, shaped
from foundation.breaker import Breakers
from foundation.errors import Conflict, Unavailable
from foundation.retry import backoff, retry

_log = structlog.get_logger(__name__)

_GRACE_SECONDS: Final = 10.0
"""How long an answer may take beyond what was to be waited for."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether using a pattern beat not using it (the baseline), on held-back cases."""

    metric: str
    score: float
    baseline: float
    cases: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a pattern is founded."""

    support: int
    confidence: float
    lift: float
    gate: Gate


@dataclass(frozen=True, slots=True)
class LearnedPattern:
    """A pattern as it is since change `seq`: it takes the place of any earlier one with its key.

    Attributes:
        kind: such as "incident", "task" or "log sequence"; it says what `data` holds.
        state: only "active" ones are to be used.
        evidence: ids of the passages that show it.
    """

    key: str
    kind: str
    state: str
    statement: str
    data: Mapping[str, Any]
    figures: Figures
    evidence: Sequence[int]
    seq: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Patterns in the order of their changes.

    `fresh` ones begin anew: whatever was learned before is to be forgotten first. That is so at
    the very start, after a document was purged (patterns may have told of it), and when the
    Knowledge Sage was restored to an older state.
    """

    patterns: Sequence[LearnedPattern]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a consumer has come: the last change it handled, and the newest purge then."""

    seq: int
    purged: int


class CursorStore(Protocol):
    """Where a consumer keeps its cursor: best in the transaction that keeps what it learned."""

    def load(self) -> Cursor | None:
        """Answer the cursor stored last; None if there is none."""
        ...

    def store(self, cursor: Cursor) -> None:
        """Keep a cursor durably; only when this returns, the batch counts as handled."""
        ...


class FileCursor:
    """Keeps a cursor in a file. A damaged file is none: the consumer begins anew."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Cursor | None:
        """Read the file."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
            return Cursor(int(found["seq"]), int(found["purged"]))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            _log.warning("cursor.damaged", path=str(self._path))
            return None

    def store(self, cursor: Cursor) -> None:
        """Write aside, sync, rename: a crash leaves the old cursor or the new one."""
        aside = self._path.with_suffix(".tmp")
        with aside.open("w", encoding="utf-8") as file:
            json.dump({"seq": cursor.seq, "purged": cursor.purged}, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)


class _Answer(BaseModel):
    """What the internal API sends."""

    patterns: list[LearnedPattern]
    next: int
    purged: int


class PatternFeed:
    """Hands what the Knowledge Sage learns to a consumer, each change at least once, in order.

    The cursor moves only after the handler has returned, so a batch that failed comes again, to
    this process or the next one: handlers must be able to take a pattern twice.

    Args:
        base_url: of the Knowledge Sage, such as http://127.0.0.1:8000.
        cursor: where to go on.
        kinds: only patterns of these kinds; all, if empty.
        limit: patterns in a batch, at most 1,000.
        wait_seconds: how long the server holds a question open while nothing is new, at most 60.
        pause_seconds: between two rounds of tries while the server is away.
        rng, sleep: the jitter and the pauses within such a round.
        breakers: where the platform's is; by default none but its own.
        key: an API key; None where none is asked for.

    Raises:
        InvalidInput: the base URL is none.
    """

    def __init__(
        self,
        base_url: str,
        cursor: CursorStore,
        *,
        kinds: Sequence[str] = (),
        limit: int = 100,
        wait_seconds: float = 20.0,
        pause_seconds: float = 5.0,
        rng: Random | None = None,
        sleep: Callable[[float], object] = time.sleep,
        breakers: Breakers | None = None,
        key: SecretStr | None = None,
    ) -> None:
        self._cursor = cursor
        self._asked: Mapping[str, Any] = {"kind": list(kinds), "limit": limit}
        self._wait_seconds = wait_seconds
        self._pause_seconds = pause_seconds
        self._rng = rng or Random()  # noqa: S311 - jitter, no secret
        self._sleep = sleep
        url = address_of(base_url)
        self._place = place_of(url)
        self._client = httpx.Client(
            base_url=url,
            headers=headers_of(key),
            timeout=httpx.Timeout(_GRACE_SECONDS, read=wait_seconds + _GRACE_SECONDS),
        )
        self._breaker = breaker_of(breakers, url)

    def pull(self, handle: Callable[[Batch], None], *, wait_seconds: float = 0.0) -> int:
        """Hand over the next batch, if there is one, and remember that it was handled.

        Returns:
            How many patterns it had.

        Raises:
            Unavailable: the Knowledge Sage does not answer, after some tries.
            Forbidden, NotFound, InvalidInput: it refuses the question (an unknown kind, say).
        """
        known = self._cursor.load()
        try:
            answer = self._ask(known.seq if known else 0, wait_seconds)
        except Conflict:
            known, answer = None, self._ask(0, 0.0)
        if known and answer.purged != known.purged:
            known, answer = None, self._ask(0, 0.0)
        if answer.patterns or known is None:
            handle(Batch(answer.patterns, fresh=known is None))
            self._cursor.store(Cursor(answer.next, answer.purged))
        return len(answer.patterns)

    def follow(self, handle: Callable[[Batch], None], stopped: threading.Event) -> None:
        """Hand over batch after batch until `stopped` is set; a server that is away is waited for.

        Raises:
            Whatever the handler raises (but `Unavailable`, which is tried again).
        """
        while not stopped.is_set():
            try:
                self.pull(handle, wait_seconds=self._wait_seconds)
            except Unavailable as error:
                _log.warning("patterns.unavailable", reason=str(error))
                stopped.wait(self._pause_seconds)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        """Enter a `with` block that ends with `close`."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def _ask(self, since: int, wait_seconds: float) -> _Answer:
        with self._breaker.guarding():
            return retry(
                lambda: self._try(since, wait_seconds),
                on=Unavailable,
                schedule=backoff(self._rng),
                sleep=self._sleep,
            )

    def _try(self, since: int, wait_seconds: float) -> _Answer:
        asked = {**self._asked, "since": since, "wait": wait_seconds}
        try:
            response = self._client.get("internal/v1/patterns", params=asked)
        except httpx.RequestError as error:
            raise Unavailable(f"{self._place} can't be reached ({type(error).__name__})") from error
        return shaped(check_answer(response, self._place), _Answer)
