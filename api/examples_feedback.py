"""One true-to-life answer for each route about feedback; as in `examples`, none is null."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from api.examples import shown

__all__ = ["shown"]

FEEDBACK: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "feedback": [
            {
                "seq": 43,
                "kind": "useful",
                "query": "how do I install it?",
                "document_id": "0197b6a4-31c2-7d0e-9a53-2f6c1e84b7d0",
                "source_id": "guide/install.md",
                "collection": "guides",
                "chunk_id": 1,
                "rank": 2,
                "actor": "http:ada",
                "at": "2026-01-31T09:30:00+00:00",
                "valid_to": 57,
            }
        ]
    }
)
INTENTS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "intents": [
            {
                "seq": 44,
                "query": "the page hangs",
                "intent": "troubleshooting",
                "actor": "http:ada",
                "at": "2026-01-31T09:31:00+00:00",
                "valid_to": 58,
            }
        ]
    }
)
JUDGEMENTS: Final[Mapping[str, Any]] = MappingProxyType(
    {"judgements": [{"query": "how do I install it?", "id": 1, "grade": 2}]}
)
