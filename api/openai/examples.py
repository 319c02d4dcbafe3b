"""One true-to-life answer for each route that OpenAI's clients call, for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_FILE_ID: Final = "file-6c1f0a5e2b7d4c39a8e4f1d0b3c58e27"
_STORE_ID: Final = "vs_4b7e92c1d05a4f6f8e3b9c2a7d614f80"
_BATCH_ID: Final = "vsfb_91d3e7a64c0b4e2da5f8b1c6e0973d42"
_COUNTS: Final = {"in_progress": 0, "completed": 1, "failed": 1, "cancelled": 0, "total": 2}
_PASSAGE: Final = "Run `make rollback` to go back to the release before."

EMBEDDINGS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.6, 0.0, -0.8]}],
        "model": "minilm",
        "usage": {"prompt_tokens": 6, "total_tokens": 6},
    }
)
FILE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "id": _FILE_ID,
        "object": "file",
        "bytes": 48213,
        "created_at": 1769851800,
        "expires_at": 1772443800,
        "filename": "handbook.pdf",
        "purpose": "assistants",
        "status": "processed",
    }
)
STORE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "id": _STORE_ID,
        "object": "vector_store",
        "created_at": 1769851800,
        "name": "Handbooks",
        "description": "What everybody should know",
        "usage_bytes": 48213,
        "file_counts": _COUNTS,
        "status": "completed",
        "expires_after": {"anchor": "last_active_at", "days": 30},
        "expires_at": 1772443800,
        "last_active_at": 1769851800,
        "metadata": {"collection": "handbooks"},
    }
)
STORE_FILE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "id": _FILE_ID,
        "object": "vector_store.file",
        "created_at": 1769851800,
        "usage_bytes": 0,
        "vector_store_id": _STORE_ID,
        "status": "failed",
        "last_error": {"code": "invalid_file", "message": "handbook.pdf: the text is empty"},
        "attributes": {"team": "ops", "year": 2026},
        "chunking_strategy": {
            "type": "static",
            "static": {"max_chunk_size_tokens": 220, "chunk_overlap_tokens": 0},
        },
    }
)
BATCH: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "id": _BATCH_ID,
        "object": "vector_store.files_batch",
        "created_at": 1769851800,
        "vector_store_id": _STORE_ID,
        "status": "completed",
        "file_counts": _COUNTS,
    }
)
DELETED: Final[Mapping[str, Any]] = MappingProxyType(
    {"id": _FILE_ID, "object": "file", "deleted": True}
)
CONTENT: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "object": "vector_store.file_content.page",
        "data": [{"type": "text", "text": f"# Releases\n\n{_PASSAGE}"}],
        "has_more": False,
    }
)
SEARCH: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "object": "vector_store.search_results.page",
        "search_query": ["how do I roll back?"],
        "data": [
            {
                "file_id": _FILE_ID,
                "filename": "handbook.pdf",
                "score": 0.71,
                "attributes": {"team": "ops", "year": 2026},
                "content": [{"type": "text", "text": _PASSAGE}],
            }
        ],
        "has_more": False,
    }
)


def page(item: Mapping[str, Any]) -> dict[str, Any]:
    """Make a page of one."""
    one = dict(item)
    return {
        "object": "list",
        "data": [one],
        "first_id": one["id"],
        "last_id": one["id"],
        "has_more": False,
    }
