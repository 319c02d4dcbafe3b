"""Write files, stores and what is in them as OpenAI's clients read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

from api.openai.paging import Page, Placed
from api.openai.schemas import FileOut
from api.openai.schemas_stores import (
    BatchOut,
    ExpiresAfter,
    FileCountsOut,
    FoundOut,
    LastErrorOut,
    StaticChunking,
    StaticSizes,
    StoreFileOut,
    StoreOut,
    TextOut,
)
from api.openai.searching import Found
from api.openai.shelving import Counted
from foundation.clock import Micros
from ingest.chunking import Chunker
from ingest.uploads.model import Attachment, Batch, ChunkSizes, Status, Store, UploadedFile

_SECOND: Final = 1_000_000
_DEFAULT: Final = ChunkSizes(Chunker().maximum, Chunker().overlap)


class Named(Protocol):
    """Something that is written with an id."""

    id: str


T = TypeVar("T", bound=Placed)
N = TypeVar("N", bound=Named)


def page_out(found: Page[T], write: Callable[[T], N]) -> dict[str, Any]:
    """Write a page."""
    items: Sequence[N] = [write(each) for each in found.items]
    return {
        "data": items,
        "first_id": items[0].id if items else None,
        "last_id": items[-1].id if items else None,
        "has_more": found.has_more,
    }


def file_out(file: UploadedFile) -> FileOut:
    """Write a file."""
    return FileOut(
        id=file.id,
        bytes=file.bytes,
        created_at=_seconds(file.created_at),
        expires_at=None if file.expires_at is None else _seconds(file.expires_at),
        filename=file.filename,
        purpose=file.purpose,
    )


def store_out(store: Store, counted: Counted, now: Micros) -> StoreOut:
    """Write a store."""
    days, end = store.expires_after_days, store.expires_at
    over = store.is_over(now)
    return StoreOut(
        id=store.id,
        created_at=_seconds(store.created_at),
        name=store.name,
        description=store.description,
        usage_bytes=counted.bytes,
        file_counts=counts_out(counted),
        status="expired" if over else "in_progress" if counted.waits else "completed",
        expires_after=None if days is None else ExpiresAfter(anchor="last_active_at", days=days),
        expires_at=None if end is None else _seconds(end),
        last_active_at=_seconds(store.last_active_at),
        metadata=dict(store.metadata),
    )


def counts_out(counted: Counted) -> FileCountsOut:
    """Write how many files are how far."""
    each = {status.value: counted.files.get(status.value, 0) for status in Status}
    return FileCountsOut(**each, total=sum(each.values()))


def store_file_out(each: Attachment) -> StoreFileOut:
    """Write a file in a store."""
    failed = each.status is Status.FAILED
    sizes = each.sizes or _DEFAULT
    return StoreFileOut(
        id=each.file_id,
        created_at=_seconds(each.created_at),
        usage_bytes=each.bytes if each.status is Status.COMPLETED else 0,
        vector_store_id=each.store_id,
        status=each.status.value,
        last_error=LastErrorOut(code=each.error_code, message=each.error) if failed else None,
        attributes=dict(each.attributes),
        chunking_strategy=_chunking(sizes),
    )


def batch_out(batch: Batch, counted: Counted) -> BatchOut:
    """Write a batch: failed only where every file of it is."""
    counts = counts_out(counted)
    status = Status.COMPLETED
    if counts.in_progress:
        status = Status.IN_PROGRESS
    elif batch.cancelled:
        status = Status.CANCELLED
    elif counts.failed and counts.failed == counts.total:
        status = Status.FAILED
    return BatchOut(
        id=batch.id,
        created_at=_seconds(batch.created_at),
        vector_store_id=batch.store_id,
        status=status.value,
        file_counts=counts,
    )


def found_out(found: Found) -> FoundOut:
    """Write a passage."""
    return FoundOut(
        file_id=found.file_id,
        filename=found.filename,
        score=found.score,
        attributes=dict(found.attributes),
        content=[TextOut(text=found.text)],
    )


def _chunking(sizes: ChunkSizes) -> StaticChunking:
    # Not checked: what all documents are cut by need not keep to the limits of requests.
    static = StaticSizes.model_construct(
        max_chunk_size_tokens=sizes.tokens, chunk_overlap_tokens=sizes.overlap
    )
    return StaticChunking.model_construct(type="static", static=static)


def _seconds(moment: Micros) -> int:
    return moment // _SECOND
