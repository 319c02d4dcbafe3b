"""One true-to-life answer for each route about jobs; as in `examples`, none is null."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from api.examples import shown

__all__ = ["shown"]

_ID: Final = "6f2b8c1e-4d0a-4b7e-9c35-1a8e5f7d2046"

JOB: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "id": _ID,
        "state": "done",
        "stage": "ended",
        "cancelling": False,
        "retryable": True,
        "reason": "",
        "collection": "guides",
        "principal": "key:8zj60d0db6vk",
        "total": 500,
        "done": 500,
        "counts": {
            "added": 480,
            "updated": 10,
            "unchanged": 6,
            "merged": 3,
            "deleted": 0,
            "failed": 1,
        },
        "rate": 50.0,
        "seconds_left": 0.0,
        "bytes": 1_048_576,
        "created_at": "2026-01-31T09:30:00+00:00",
        "started_at": "2026-01-31T09:30:01+00:00",
        "finished_at": "2026-01-31T09:30:11+00:00",
    }
)
JOBS: Final[Mapping[str, Any]] = MappingProxyType({"jobs": [dict(JOB)], "next": _ID})
ERRORS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "errors": [
            {
                "position": 17,
                "source_id": "report.pdf",
                "reason": "it is encrypted: upload it without a password",
                "attempts": 1,
            }
        ],
        "next": 17,
    }
)
EVENTS: Final = (
    'event: progress\ndata: {"id": "6f2b8c1e-…", "state": "running", "done": 200, …}\n\n'
    'event: end\ndata: {"id": "6f2b8c1e-…", "state": "done", "done": 500, …}\n\n'
)
