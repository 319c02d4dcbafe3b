"""A search that takes too long is answered by words alone, whoever asked for it."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial

from anyio import to_thread

from api.caching import Cache
from retrieval.cache.codec import body_of
from retrieval.cache.model import Answer, How, Request


@dataclass(frozen=True, slots=True)
class Searching:
    """How searches are worked out.

    Attributes:
        patience_seconds: how long one may take before it is answered by words alone.
        threads: whole searches that are worked out at once.
    """

    patience_seconds: float = 5.0
    threads: int = 4


class Patience:
    """Waits for whole searches; where one takes too long, it answers by words, and says so.

    What was begun goes on, so that the answer is known when it is asked for again. It keeps its
    thread meanwhile, which is none of those that words and all else are answered in. What still
    waited for one is dropped. Threads may share it.
    """

    def __init__(self, searching: Searching) -> None:
        """Begin no thread before the first search."""
        self._seconds = searching.patience_seconds
        self._threads = ThreadPoolExecutor(searching.threads, thread_name_prefix="search")
        self.begun: set[Future[Answer]] = set()

    def answer(self, cache: Cache, request: Request, *, fresh: bool = False) -> Answer:
        """Answer what is known, or work it out."""
        if not fresh and (known := cache.peek(request)) is not None:
            return known
        if request.mode == "lexical":
            return cache.answer(request, fresh=fresh)
        whole = self._begin(cache, request, fresh=fresh)
        try:
            return whole.result(self._seconds)
        except TimeoutError:
            whole.cancel()
            return self._by_words(cache, request, fresh=fresh)

    async def awaited(self, cache: Cache, request: Request, *, fresh: bool = False) -> Answer:
        """Work an answer out that is not known; no thread waits meanwhile."""
        if request.mode == "lexical":
            return await to_thread.run_sync(partial(cache.answer, request, fresh=fresh))
        whole = self._begin(cache, request, fresh=fresh)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(whole), self._seconds)
        except TimeoutError:
            return await to_thread.run_sync(partial(self._by_words, cache, request, fresh=fresh))

    def _begin(self, cache: Cache, request: Request, *, fresh: bool) -> Future[Answer]:
        whole = self._threads.submit(copy_context().run, cache.answer, request, fresh=fresh)
        self.begun.add(whole)
        whole.add_done_callback(self.begun.discard)
        return whole

    def _by_words(self, cache: Cache, request: Request, *, fresh: bool) -> Answer:
        answer = cache.answer(replace(request, mode="lexical"), fresh=fresh)
        note = f"the search took longer than {self._seconds:g} s: ranked by words alone"
        result = replace(answer.result, notes=[*answer.result.notes, note])
        return replace(answer, result=result, body=body_of(result), how=How.BYPASS)
