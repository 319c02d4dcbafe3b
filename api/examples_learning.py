"""One true-to-life answer for each route about what was learned; as in `examples`, none is null."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from api.examples import shown
from api.examples_graph import PASSAGE

__all__ = ["shown"]

_DOCUMENT: Final = "0197b6a4-31c2-7d0e-9a53-2f6c1e84b7d0"
_KEY: Final = "log template: door <*> opens"
_SINCE: Final = "2026-01-31T09:30:00+00:00"
_GATE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "metric": "share of held-back lines that one template fits",
        "score": 1.0,
        "baseline": 0.0,
        "cases": 22,
        "passed": True,
    }
)
_SAID: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "key": _KEY,
        "kind": "log template",
        "state": "active",
        "statement": "Door (info) says: door <*> opens",
        "data": {"template": "door <*> opens", "level": "info", "component": "Door"},
        "evidence": [3, 10],
        "version": 2,
        "reason": "passed its gate",
    }
)
_FIGURES: Final[Mapping[str, Any]] = MappingProxyType(
    {"support": 76, "confidence": 1.0, "lift": 1.0, "gate": dict(_GATE)}
)

PATTERN: Final[Mapping[str, Any]] = MappingProxyType(
    {**_SAID, **_FIGURES, "valid_from": 9, "valid_to": 41}
)
PATTERNS: Final[Mapping[str, Any]] = MappingProxyType({"patterns": [dict(PATTERN)]})
HISTORY: Final[Mapping[str, Any]] = MappingProxyType(
    {"history": [dict(PATTERN)], "passages": [dict(PASSAGE)]}
)
_LINK: Final[Mapping[str, Any]] = MappingProxyType(
    {"first": "kubernetes", "second": "kubernets", "kind": "typo", "confidence": 0.97, "support": 1}
)
LEARNED: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "learned": [_KEY],
        "changed": [],
        "retired": ["log template: fan turns at <*>"],
        "joined": [dict(_LINK)],
        "parted": [],
        "insights": 2,
    }
)
_LABEL: Final[Mapping[str, Any]] = MappingProxyType(
    {"facet": "kind", "value": "log", "confidence": 0.97, "origin": "features"}
)
LABELS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "labels": [dict(_LABEL)],
        "quality": {"words": 412, "boilerplate": 0.05, "readability": 0.46, "garbled": 0.0},
    }
)
WAITING: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "duplicate_entities": [dict(_LINK)],
        "contradictions": [],
        "low_quality": [
            {
                "document_id": _DOCUMENT,
                "source_id": "notes/empty.md",
                "title": "Notes",
                "label": {
                    "facet": "quality",
                    "value": "very short",
                    "confidence": 0.9,
                    "origin": "features",
                },
            }
        ],
        "orphans": ["flux capacitor"],
    }
)
DECISION: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "seq": 42,
        "kind": "entities.same",
        "subject": "k8s",
        "object": "kubernetes",
        "data": {"names": ["K8s", "Kubernetes"]},
        "actor": "http",
        "at": _SINCE,
        "valid_to": 57,
    }
)
DECISIONS: Final[Mapping[str, Any]] = MappingProxyType({"decisions": [dict(DECISION)]})
LOG: Final = (
    '{"format": "elders-curation-1", "at": "2026-01-31T09:30:00+00:00", "actor": "http",'
    ' "kind": "entities.same", "subject": "k8s", "object": "kubernetes",'
    ' "data": {"names": ["K8s", "Kubernetes"]}}\n'
)
REPLAYED: Final[Mapping[str, Any]] = MappingProxyType(
    {"replayed": 3, "unchanged": 12, "waiting": 1}
)
CHANGED_PATTERNS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "patterns": [{**_SAID, "figures": dict(_FIGURES), "seq": 9}],
        "next": 9,
        "purged": 0,
    }
)
EVENTS: Final = (
    'id: 9\ndata: {"key": "log template: door <*> opens", "state": "active", "seq": 9}\n\n'
    ": still here\n\n"
)
CHANGES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "changes": [
            {
                "seq": 7,
                "at": _SINCE,
                "kind": "document.added",
                "collection": "guides",
                "document_id": _DOCUMENT,
                "subject": "guide/install.md",
            }
        ],
        "next": 7,
    }
)
