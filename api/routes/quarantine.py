"""The quarantine over HTTP: what looks like an attack waits for somebody to decide."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath

from api.problems import responses
from api.rendering import result_out
from api.routes.asking import actor_of, base_of, made
from api.routes.bounds import Limit
from api.schemas import ResultOut
from api.schemas_lists import DiscardedOut, HeldOut, QuarantineOut
from ingest.quarantine import Held

router = APIRouter(prefix="/v1/quarantine", tags=["curation"])

_FORM = r"^[0-9a-f]{32}$"
HeldName = Annotated[str, InPath(pattern=_FORM, description="As the list names it.")]


@router.get("", responses=responses(403, 422, 503))
def held(
    request: Request,
    after: Annotated[str | None, Query(pattern=_FORM, description="`next` of the page.")] = None,
    limit: Limit = 100,
) -> QuarantineOut:
    """List documents that are held, with their texts and what was found in them."""
    found = base_of(request).quarantine.list(after=after or "", limit=limit + 1)
    page = found[:limit]
    return QuarantineOut(
        held=[_out(each) for each in page], next=page[-1].id if len(found) > limit else None
    )


@router.post("/{name}/release", responses=responses(403, 404, 409, 422, 503))
def release(request: Request, name: HeldName) -> ResultOut:
    """Take a held document in, now and whenever it comes again unchanged."""
    made(request, name)
    return result_out(base_of(request).quarantine.release(name, actor=actor_of(request)))


@router.delete("/{name}", responses=responses(403, 404, 409, 422, 503))
def discard(request: Request, name: HeldName) -> DiscardedOut:
    """Throw a held document away; it is held again when it comes again."""
    made(request, name)
    base_of(request).quarantine.discard(name)
    return DiscardedOut(discarded=name)


def _out(document: Held) -> HeldOut:
    fields = asdict(document)
    return HeldOut.model_validate(
        {"name": fields.pop("id"), **fields, "found": [asdict(each) for each in document.found]}
    )
