"""A true-to-life answer for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from api.examples import SEARCH

_HIT: Final[Mapping[str, Any]] = SEARCH["hits"][0]

ANSWER: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "question": "how do I install it?",
        "text": "Run `make demo`. [1]",
        "found": True,
        "confidence": 0.91,
        "threshold": 0.5,
        "method": "extracted",
        "sentences": [
            {
                "text": "Run `make demo`.",
                "citations": [1],
                "quotes": [{"number": 1, "start": 11, "end": 27}],
                "supported": True,
                "why": "",
            }
        ],
        "citations": [
            {
                "number": 1,
                "text": _HIT["text"],
                "citation": _HIT["citation"],
                "chunk_ids": [_HIT["chunk_id"]],
                "score": _HIT["score"],
                "tokens": 20,
            }
        ],
        "unsupported": 0,
        "seq": 2,
        "notes": [],
        "timings_ms": {"total": 6.4, "judge": 0.8, "answer": 0.1},
    }
)
EVENTS: Final = (
    'event: citations\ndata: {"passages": [{"number": 1, …}], "tokens": 20, "left_out": 0}\n\n'
    'event: sentence\ndata: {"text": "Run `make demo`.", "citations": [1], …}\n\n'
    'event: done\ndata: {"question": "how do I install it?", "found": true, …}\n\n'
)
