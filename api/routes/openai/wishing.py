"""Read which files are wanted in a store, and how."""

from __future__ import annotations

from collections.abc import Sequence

from api.openai.schemas_stores import Attributes, AutoChunking, Chunking, StaticChunking
from ingest.uploads.model import ChunkSizes, Wish


def wishes(
    file_ids: Sequence[str], attributes: Attributes | None, chunking: Chunking | None
) -> list[Wish]:
    """Wish for files with the same attributes, cut alike."""
    sizes = sizes_of(chunking)
    return [Wish(file_id, attributes or {}, sizes) for file_id in file_ids]


def sizes_of(chunking: AutoChunking | StaticChunking | None) -> ChunkSizes | None:
    """Answer the sizes that are asked for; None for those of all documents."""
    if not isinstance(chunking, StaticChunking):
        return None
    static = chunking.static
    return ChunkSizes(static.max_chunk_size_tokens, static.chunk_overlap_tokens)
