"""Vector stores: made, listed, changed, searched and deleted."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.openai.attributes import checked
from api.openai.books import Asker
from api.openai.door import OpenAIDoor
from api.openai.errors import refusals
from api.openai.rendering import found_out, page_out, store_out
from api.openai.schemas import DeletedOut
from api.openai.schemas_stores import (
    NewStoreIn,
    StoreChangesIn,
    StoreOut,
    StoreSearchIn,
    StoreSearchOut,
    StoresOut,
)
from api.openai.searching import Wanted, search
from api.routes.asking import made, shown
from api.routes.once import ONCE, OnceRoute
from api.routes.openai.asking import Asking, Door, Identity, Part
from api.routes.openai.wishing import wishes
from foundation.errors import GuildError
from ingest.uploads.model import Store
from ingest.uploads.stores import NewStore

router = APIRouter(
    prefix="/v1/vector_stores", tags=["openai"], route_class=OnceRoute, responses=refusals()
)


@router.post("", openapi_extra={"parameters": ONCE})
def create(request: Request, asker: Asking, door: Door, body: NewStoreIn) -> StoreOut:
    """Make a vector store, and put files into it."""
    new = NewStore(
        body.name or "",
        body.description or "",
        checked(body.metadata, "metadata"),
        body.expires_after.days if body.expires_after else None,
    )
    store = door.shelving.add(asker, new)
    if body.file_ids:
        wanted = wishes(body.file_ids, None, body.chunking_strategy)
        try:
            door.placing.put(asker, store, wanted)
        except GuildError:
            door.books.stores.remove(store.id)
            raise
    made(request, store.id)
    return _written(door, asker, store)


@router.get("")
def listing(asker: Asking, door: Door, window: Part) -> StoresOut:
    """List the vector stores that the caller may see."""
    found = door.shelving.page(asker, window)
    return StoresOut(**page_out(found, lambda store: _written(door, asker, store)))


@router.get("/{vector_store_id}")
def read(asker: Asking, door: Door, vector_store_id: Identity) -> StoreOut:
    """Look a vector store up."""
    return _written(door, asker, door.shelving.get(asker, vector_store_id))


@router.post("/{vector_store_id}", openapi_extra={"parameters": ONCE})
def change(asker: Asking, door: Door, vector_store_id: Identity, body: StoreChangesIn) -> StoreOut:
    """Change a vector store's name, metadata or end; what is not named stays."""
    values: dict[str, object] = {}
    if "name" in body.model_fields_set:
        values["name"] = body.name or ""
    if "metadata" in body.model_fields_set:
        values["metadata"] = checked(body.metadata, "metadata")
    if "expires_after" in body.model_fields_set:
        values["expires_after_days"] = body.expires_after.days if body.expires_after else None
    return _written(door, asker, door.shelving.change(asker, vector_store_id, values))


@router.delete("/{vector_store_id}")
def delete(asker: Asking, door: Door, vector_store_id: Identity) -> DeletedOut:
    """Delete a vector store with the documents that were put into it; the files stay."""
    door.shelving.delete(asker, vector_store_id)
    return DeletedOut(id=vector_store_id, object="vector_store.deleted")


@router.post("/{vector_store_id}/search")
def find(
    request: Request, asker: Asking, door: Door, vector_store_id: Identity, body: StoreSearchIn
) -> StoreSearchOut:
    """Search a vector store."""
    store = door.shelving.usable(asker, vector_store_id)
    wanted = Wanted(
        [body.query] if isinstance(body.query, str) else body.query,
        body.filters,
        body.max_num_results,
        body.ranking_options.ranker,
        body.ranking_options.score_threshold,
        body.rewrite_query,
    )
    searched, found = search(asker, door.books, store, wanted)
    if asker.platform.follows:
        door.books.stores.touch(store)
    shown(request, (each.document_id for each in found))
    return StoreSearchOut(search_query=searched, data=[found_out(each) for each in found])


def _written(door: OpenAIDoor, asker: Asker, store: Store) -> StoreOut:
    counted = door.shelving.count(asker, store.id)
    return store_out(store, counted, door.books.clock())
