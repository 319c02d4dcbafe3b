"""Which documents somebody may write who may not see everything."""

from __future__ import annotations

from typing import Final

from api.limits import check_collection
from api.platform import Platform
from foundation.errors import NotFound
from foundation.security.policy import Access, labels_of
from ingest.claims import Admit
from knowledge.model import Draft, Removal

_NOT_YOURS: Final = "your rights do not reach to this document: write another, or ask for more"


def admission(platform: Platform, collection: str) -> Admit:
    """Make the check of each document on its way into a collection.

    A document's labels must be the writer's own, and so must those of the document that it is the
    next version of.

    Raises:
        InvalidInput: the collection's name is none.
        NotFound: the collection is none that the writer may see.
    """
    check_collection(collection)
    access = platform.access
    if access == Access.everything:
        return lambda _: ""
    if not access.sees_collection(collection):
        raise NotFound(f"there is no collection {collection[:200]!r} that you may write to")
    find = platform.parts.library.find

    def admit(entry: Draft | Removal) -> str:
        if isinstance(entry, Draft) and not access.sees(collection, labels_of(entry.metadata)):
            return _NOT_YOURS
        try:
            known = find(entry.source_id, collection=collection)
        except NotFound:
            return ""
        return "" if platform.knows(known) else _NOT_YOURS

    return admit
