"""What was learned over HTTP: patterns with their evidence, and people's word about them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from api.learned import Patterns
from api.problems import responses
from api.rendering_graph import passage_out
from api.rendering_learning import decision_out, learned_out, pattern_out
from api.routes.asking import actor_of, base_of
from api.routes.bounds import AsOf, KeyInPath, Limit, Since
from api.schemas_learning import DecisionOut, LearnedOut, PatternHistoryOut, PatternsOut

router = APIRouter(prefix="/v1", tags=["patterns"])


@router.get("/patterns", responses=responses(422, 503))
def patterns(
    request: Request,
    kind: Annotated[str | None, Query(description="Such as `log template`.")] = None,
    state: Literal["active", "candidate", "retired", "rejected", "all"] = "active",
    since: Since = 0,
    limit: Limit = 100,
    as_of: AsOf = None,
) -> PatternsOut:
    """List patterns in the order of their last changes."""
    found = _patterns(request).list(
        kind=kind,
        state=None if state == "all" else state,
        since=since,
        limit=limit,
        as_of=as_of,
    )
    return PatternsOut(patterns=[pattern_out(pattern) for pattern in found])


@router.get("/patterns/{key:path}", responses=responses(404, 422, 503))
def pattern(request: Request, key: KeyInPath) -> PatternHistoryOut:
    """Read a pattern's history, and the passages that show it."""
    known = _patterns(request)
    return PatternHistoryOut(
        history=[pattern_out(version) for version in known.history(key)],
        passages=[passage_out(chunk) for chunk in known.evidence(key)],
    )


@router.post("/patterns/{key:path}/accept", responses=responses(404, 409, 422, 503))
def accept(request: Request, key: KeyInPath) -> DecisionOut:
    """Let a pattern be active whatever its gate says."""
    return decision_out(_patterns(request).accept(key, actor=actor_of(request)))


@router.post("/patterns/{key:path}/reject", responses=responses(404, 409, 422, 503))
def reject(request: Request, key: KeyInPath) -> DecisionOut:
    """Let a pattern never be active."""
    return decision_out(_patterns(request).reject(key, actor=actor_of(request)))


@router.post("/learn", responses=responses(409, 422, 503))
def learn(request: Request) -> LearnedOut:
    """Learn now from all that is current; the answer comes when it is done."""
    return learned_out(_patterns(request).learn())


def _patterns(request: Request) -> Patterns:
    known: Patterns = base_of(request).patterns
    return known
