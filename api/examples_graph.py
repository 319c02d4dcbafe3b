"""One true-to-life answer for each route of the graph; as in `examples`, no value is null."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from api.examples import shown

__all__ = ["shown"]

_DOCUMENT: Final = "0197b6a4-31c2-7d0e-9a53-2f6c1e84b7d0"
_TEXT: Final = "The Border Gateway Protocol (BGP) depends on TCP/IP."
_LABELS: Final = {"bgp": "BGP", "tcpip": "TCP/IP", "router": "router"}

ENTITY: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "id": "bgp",
        "label": "BGP",
        "kind": "term",
        "passages": 4,
        "documents": 2,
        "aliases": [
            {"surface": "BGP", "skeleton": "bgp", "passages": 4},
            {
                "surface": "Border Gateway Protocol",
                "skeleton": "bordergatewayprotocol",
                "passages": 1,
            },
        ],
        "because": [
            {
                "first": "bgp",
                "second": "bordergatewayprotocol",
                "kind": "stands for",
                "confidence": 0.95,
                "support": 1,
            }
        ],
        "senses": [],
    }
)
ENTITIES: Final[Mapping[str, Any]] = MappingProxyType({"entities": [dict(ENTITY)]})

_RELATION: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "source": "bgp",
        "predicate": "depends on",
        "target": "tcpip",
        "value": "",
        "source_label": "BGP",
        "target_label": "TCP/IP",
        "confidence": 0.8,
        "valid_from": 7,
        "valid_to": 12,
        "proofs": [
            {
                "chunk_id": 3,
                "document_id": _DOCUMENT,
                "start": 0,
                "end": 52,
                "confidence": 0.8,
                "origin": "pattern",
                "valid_from": 7,
                "valid_to": 12,
            }
        ],
    }
)
RELATIONS: Final[Mapping[str, Any]] = MappingProxyType({"relations": [dict(_RELATION)]})

NEIGHBOURS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "neighbours": [
            {"id": "tcpip", "label": "TCP/IP", "kind": "acronym", "passages": 2, "bits": 5.248}
        ]
    }
)
PASSAGE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "chunk_id": 3,
        "document_id": _DOCUMENT,
        "collection": "guides",
        "title": "Routing",
        "heading": ["Routing", "Protocols"],
        "text": _TEXT,
        "language": "en",
        "valid_from": 7,
        "valid_to": 12,
        "time_from": "2026-01-31T09:30:00+00:00",
        "time_to": "2026-02-14T08:00:00+00:00",
    }
)
PASSAGES: Final[Mapping[str, Any]] = MappingProxyType({"passages": [dict(PASSAGE)]})


def _ranked(entity: str, score: float) -> dict[str, Any]:
    return {"id": entity, "label": _LABELS[entity], "kind": "term", "score": score}


RELATED: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "kind": "passage",
        "entities": [],
        "passages": [dict(PASSAGE) | {"score": 0.21}],
    }
)
PATHS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "paths": [
            {
                "entities": [_ranked("bgp", 0.0), _ranked("tcpip", 0.0)],
                "steps": [
                    {
                        "source": "bgp",
                        "target": "tcpip",
                        "relations": [dict(_RELATION)],
                        "passages": [3],
                    }
                ],
            }
        ]
    }
)
CENTRAL: Final[Mapping[str, Any]] = MappingProxyType(
    {"by": "pagerank", "entities": [_ranked("bgp", 0.065), _ranked("tcpip", 0.052)]}
)
_COMMUNITY: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "id": 4,
        "level": 1,
        "parent": 0,
        "title": "BGP · TCP/IP · router",
        "size": 3,
        "entities": [_ranked("bgp", 4.0), _ranked("tcpip", 2.0), _ranked("router", 1.0)],
    }
)
COMMUNITIES: Final[Mapping[str, Any]] = MappingProxyType({"communities": [dict(_COMMUNITY)]})
COMMUNITY: Final[Mapping[str, Any]] = MappingProxyType(
    {**_COMMUNITY, "summary": _TEXT, "passages": [3]}
)
SUBGRAPH: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "nodes": [_ranked("bgp", 4.0), _ranked("tcpip", 2.0)],
        "edges": [
            {
                "source": "bgp",
                "target": "tcpip",
                "predicate": "co-occurs",
                "weight": 2.0,
                "proofs": [3, 5],
            }
        ],
        "complete": True,
    }
)
EXPORTED: Final = (
    '{"directed": true, "multigraph": true, "graph": {}, "nodes": [{"id": "bgp", "label": "BGP",'
    ' "kind": "term", "attributes": {"passages": 4}}], "edges": []}'
)
EXPORTED_GRAPHML: Final = (
    "<?xml version='1.0' encoding='utf-8'?><graphml"
    ' xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">'
    '<node id="bgp"/></graph></graphml>'
)
