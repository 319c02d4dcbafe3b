"""The HTTP door."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from fastapi import Depends, FastAPI
from starlette.routing import Route

from api.bodies import BODIES_BYTES, MAX_BODY_BYTES, BodyLimit, Pace, Room
from api.health import Checkup
from api.knowledge_base import KnowledgeBase
from api.mcp.http import McpEndpoint
from api.openai.errors import OpenAIErrors
from api.patience import Patience, Searching
from api.problems import install
from api.request_ids import RequestIds
from api.routes import (
    answers,
    cache,
    checkup,
    curation,
    documents,
    duplicates,
    feedback,
    graph,
    health,
    internal,
    jobs,
    lists,
    metrics,
    patterns,
    quarantine,
    restrictions,
    search,
)
from api.routes.asking import whole
from api.routes.once import idempotency_of
from api.routes.openai.mounting import at_work, mount
from api.routes.watching import Watch
from ingest.jobs.model import Limits

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from api.auditing import Audit

_DESCRIPTION = """
Push documents, find passages, get answers. Duplicates are merged, every version is kept, and every
passage is cited. A document is found by its words as soon as it is accepted, by meaning later.
The graph shows what documents speak of, with proofs; patterns are what they teach.
Errors are `application/problem+json` (RFC 9457), but for the routes that OpenAI's clients call.
"""

_FOR_ANY: Final = (
    health, lists, documents, duplicates, jobs, search, answers, feedback, graph,
)  # fmt: skip
_FOR_WHOLE: Final = (
    cache, patterns, curation, quarantine, internal, metrics, checkup, restrictions,
)  # fmt: skip
"""What is made of all documents together, for who may see all of them."""


def create_app(
    base: KnowledgeBase,
    *,
    max_body_bytes: int = MAX_BODY_BYTES,
    bodies_bytes: int = BODIES_BYTES,
    pace: Pace = Pace(),  # noqa: B008 - frozen
    ending: Callable[[], bool] = lambda: False,
    registry: CollectorRegistry | None = None,
    audit: Audit | None = None,
    searching: Searching = Searching(),  # noqa: B008 - frozen
    guarded: bool = False,
    job_limits: Limits = Limits(),  # noqa: B008 - frozen
    file_quota_bytes: int = 10_000_000_000,
) -> FastAPI:
    """Make the app around an open knowledge base, which the caller closes after it.

    Args:
        base: what it serves.
        max_body_bytes: larger requests are refused (413) before they are read; those that bring no
            documents may be a mebibyte.
        bodies_bytes: what may be in memory of all of them; beyond it they are refused (503).
        pace: how slowly they may come; those that come more slowly are refused (408).
        ending: tells whether the server is about to end: then those who wait for news are let go.
        registry: metrics to serve beside the app's own.
        audit: the audit log that a look at health reads.
        searching: how searches are worked out.
        guarded: whether the layers of security are around it. Then a request that nobody vouches
            for is refused; without, whoever asks is this machine's owner.
        job_limits: what may wait to be taken in. The caller starts the jobs.
        file_quota_bytes: what the uploaded files of one principal may hold, all together.
    """
    app = FastAPI(
        title="Elders Guild",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        lifespan=at_work,
    )
    app.state.base, app.state.guarded, app.state.registry = base, guarded, registry
    app.state.checkup = Checkup(base, registry=registry, audit=audit)
    base.platform.patience, app.state.job_limits = Patience(searching), job_limits
    app.state.looking, app.state.idempotency = search.looking(), idempotency_of(base.platform.parts)
    app.state.watch = Watch(base.platform.head, ending=ending)
    for routes in _FOR_ANY:
        app.include_router(routes.router)
    for routes in _FOR_WHOLE:
        app.include_router(routes.router, dependencies=[Depends(whole)])
    app.router.routes.append(Route("/mcp", McpEndpoint(base), include_in_schema=False))
    mount(app, base, file_quota_bytes=file_quota_bytes)
    app.add_middleware(BodyLimit, max_bytes=max_body_bytes, pace=pace, room=Room(bodies_bytes))
    app.add_middleware(RequestIds)
    app.add_middleware(OpenAIErrors)  # the last one: it sees what all others answer
    install(app)
    return app
