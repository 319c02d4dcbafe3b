"""Who asks over HTTP, and what they may see."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Request

from api.knowledge_base import KnowledgeBase
from api.restricted import seen_by
from api.security.calls import Call, principal_in
from foundation.security.policy import Principal


def principal_of(request: Request) -> Principal:
    """Answer who asks; of an app without layers of security it is this machine's owner.

    Raises:
        Unauthenticated: there are layers, and none vouches for the request.
    """
    if request.app.state.guarded:
        return principal_in(request.scope)
    found: Principal | None = getattr(request.state, "principal", None)
    return found or Principal.owner


def base_of(request: Request) -> KnowledgeBase:
    """Answer the knowledge base as the asker may see it."""
    base: KnowledgeBase = request.app.state.base
    return seen_by(base, principal_of(request).access)


def actor_of(request: Request, user: str | None = None) -> str:
    """Answer who is to be recorded: the asker, and whom an application says it asks for."""
    asker = principal_of(request)
    name = "http" if asker == Principal.owner else asker.id
    return name if user is None else f"{name}:{user}"


def whole(request: Request) -> None:
    """Refuse what is made of all documents to who may not see all of them.

    Raises:
        Forbidden: they may not.
    """
    base_of(request).platform.require_everything("this")


def made(request: Request, resource: str) -> None:
    """Let the audit log name what a request made, put somewhere or read, by its id."""
    call: Call | None = getattr(request.state, "call", None)
    if call is not None:
        call.made = resource


def shown(request: Request, documents: Iterable[str]) -> None:
    """Tell the layers which documents an answer shows: how many somebody reads is watched."""
    touched: set[str] | None = getattr(request.state, "touched", None)
    if touched is not None:
        touched.update(documents)
