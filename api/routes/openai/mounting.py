"""Put the routes that OpenAI's clients call into an app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.knowledge_base import KnowledgeBase
from api.openai.door import OpenAIDoor
from api.openai.errors import Refusal
from api.problems import problem
from api.routes.openai import embeddings, files, store_files, stores


def mount(app: FastAPI, base: KnowledgeBase, *, file_quota_bytes: int) -> None:
    """Add the routes and what is behind them; their errors take the middleware `OpenAIErrors`."""
    app.state.openai = OpenAIDoor(base, file_quota_bytes=file_quota_bytes)
    for routes in (embeddings, files, stores, store_files):
        app.include_router(routes.router)

    @app.exception_handler(Refusal)
    async def _refused(_request: Request, error: Refusal) -> Response:
        return problem(error.status, str(error), param=error.param, code=error.code)


@asynccontextmanager
async def at_work(app: FastAPI) -> AsyncIterator[None]:
    """Go on with files that wait while the app serves."""
    door: OpenAIDoor = app.state.openai
    await run_in_threadpool(door.resume)
    try:
        yield
    finally:
        await run_in_threadpool(door.stop)
