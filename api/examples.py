"""One true-to-life answer for each route, for the OpenAPI document.

No value is null: FastAPI leaves nulls out of that document, and the example would lack a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_DOCUMENT: Final = "0197b6a4-31c2-7d0e-9a53-2f6c1e84b7d0"
TWIN: Final = "0197b6a2-0d41-7a6b-bd20-94c7f1e35a08"
_GROUP: Final = "0197b6a4-31c4-72e9-a7d6-0b58c3f9e241"
_EARLIER: Final = "0197b69f-8e10-7c44-92ab-e3d1705f6b9c"
_VERSION: Final = "0197b6a4-31c3-7f15-8b1c-6d0a94e2f358"
_TEXT: Final = "# Install\n\nRun `make demo`."
_SINCE: Final = "2026-01-31T09:30:00+00:00"

RESULT: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "source_id": "guide/install.md",
        "outcome": "merged",
        "document_id": _DOCUMENT,
        "version_id": _VERSION,
        "version": 1,
        "chunks": 1,
        "merged_into": TWIN,
        "reason": "",
    }
)
DOCUMENT: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "id": _DOCUMENT,
        "number": 1,
        "collection": "guides",
        "source_id": "guide/install.md",
        "uri": "",
        "title": "Install",
        "media_type": "text/markdown",
        "language": "en",
        "metadata": {"team": "docs"},
        "version_id": _VERSION,
        "version": 1,
        "created_at": _SINCE,
        "updated_at": _SINCE,
        "deleted": False,
        "group_id": _GROUP,
        "canonical": False,
        "text": _TEXT,
    }
)
VERSION: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "id": _VERSION,
        "document_id": _DOCUMENT,
        "number": 2,
        "parent_id": _EARLIER,
        "title": "Install",
        "sha256": "5f3c0d5f0c8b1a2e4d6790f1b3a5c7e9d1f30426485a6c7e8f90a1b2c3d4e5f6",
        "author": "",
        "message": "",
        "change": {"summary": "1 line added"},
        "recorded_at": _SINCE,
        "valid_from": 7,
        "valid_to": 12,
        "time_from": _SINCE,
        "time_to": "2026-02-14T08:00:00+00:00",
    }
)
SEARCH: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "query": "how do I install it?",
        "hits": [
            {
                "chunk_id": 1,
                "collection": "guides",
                "text": "Run `make demo`.",
                "score": 0.93,
                "parts": {"dense": 0.71, "lexical": 4.2},
                "citation": {
                    "document_id": _DOCUMENT,
                    "source_id": "guide/install.md",
                    "version_id": _VERSION,
                    "version": 1,
                    "title": "Install",
                    "uri": "",
                    "heading": ["Install"],
                    "start": 11,
                    "end": 27,
                    "sources": [
                        {
                            "document_id": _DOCUMENT,
                            "source_id": "guide/install.md",
                            "uri": "",
                            "title": "Install",
                            "metadata": {"team": "docs"},
                        }
                    ],
                },
                "metadata": {"team": "docs"},
            }
        ],
        "seq": 2,
        "mode": "default",
        "dense_coverage": 1.0,
        "notes": [],
        "timings_ms": {
            "embed": 2.1,
            "find": 0.9,
            "fuse": 0.2,
            "order": 1.7,
            "cite": 1.5,
            "total": 6.4,
        },
        "understood": ["intent: technical (81%)", "language: en"],
    }
)
READY: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "status": "ready",
        "seq": 2,
        "followers": [{"name": "lexical", "position": 2, "behind": 0, "error": ""}],
    }
)
FORM: Final[Mapping[str, Any]] = MappingProxyType(
    {"files": ["report.pdf"], "collection": "guides", "metadata": '{"team": "docs"}'}
)


def shown(example: Mapping[str, Any]) -> dict[str, Any]:
    """Write an example as a JSON schema holds it."""
    return {"examples": [dict(example)]}
