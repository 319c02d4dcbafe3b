"""Graphs as JSON: what networkx, D3 and many others call node-link."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from foundation.errors import InvalidInput
from knowledge.graph.export import ExportEdge, GraphExport, checked


def to_json(export: GraphExport) -> str:
    """Write node-link JSON, as `networkx.node_link_data` does.

    Raises:
        InvalidInput: an attribute is not JSON.
    """
    data = {
        "directed": True,
        "multigraph": True,
        "graph": {},
        "nodes": [
            {"id": n.id, "label": n.label, "kind": n.kind, "attributes": dict(n.attributes)}
            for n in export.nodes
        ],
        "edges": list(_keyed(export.edges)),
    }
    return to_json_text(data)


def from_json(text: str, where: str = "the text") -> GraphExport:
    """Read node-link JSON, or a list of objects with source, target, predicate and weight.

    Args:
        where: names the text in errors.

    Raises:
        InvalidInput: it is neither.
    """
    data = from_json_text(text, where)
    if isinstance(data, list):
        return checked([], data, where)
    if not isinstance(data, dict) or not {"edges", "links"} & data.keys():
        raise InvalidInput(
            f"{where} is no graph: it must be node-link JSON (an object with nodes and edges) or a "
            'list of objects such as {"source": "A", "target": "B", "predicate": "part of"}'
        )
    return checked(data.get("nodes", []), data.get("edges", data.get("links")), where)


def to_json_text(data: object) -> str:
    """Write JSON; what is none is refused.

    Raises:
        InvalidInput: it holds something else, or a number that is not finite.
    """
    try:
        return json.dumps(data, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"attributes must be JSON: {error}") from error


def from_json_text(text: str, where: str) -> Any:  # noqa: ANN401 - it may be anything
    """Read JSON that nobody vouches for.

    Raises:
        InvalidInput: it is none, it is nested too deeply, or a number in it is not finite.
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise InvalidInput(f"{where} cannot be read as JSON: {reason}") from error


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _keyed(edges: Iterable[ExportEdge]) -> Iterator[dict[str, Any]]:
    """Number the edges of each pair: networkx tells them apart by that."""
    keys: dict[tuple[str, str], int] = {}
    for edge in edges:
        pair = (edge.source, edge.target)
        keys[pair] = keys.get(pair, -1) + 1
        yield {
            "source": edge.source,
            "target": edge.target,
            "key": keys[pair],
            "predicate": edge.predicate,
            "weight": edge.weight,
            "proofs": list(edge.proofs),
            "valid_from": edge.valid_from,
            "valid_to": edge.valid_to,
        }
