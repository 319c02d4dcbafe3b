"""A graph on its way out or in, whatever the format; and as networkx has it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from foundation.errors import InvalidInput

Attributes = Mapping[str, Any]
"""JSON object: strings, finite numbers, booleans, null, lists and objects of these."""

RELATED: Final = "related to"
"""The predicate of an edge that comes without one."""


@dataclass(frozen=True, slots=True)
class ExportNode:
    """A node under its id; `kind` is what sort of thing it is."""

    id: str
    label: str
    kind: str = ""
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportEdge:
    """An edge from source to target (ids).

    `proofs` are the ids of the chunks that say so. It holds from `valid_from` until `valid_to`
    (change seqs, the end excluded); None is open.
    """

    source: str
    target: str
    predicate: str = RELATED
    weight: float = 1.0
    proofs: tuple[int, ...] = ()
    valid_from: int | None = None
    valid_to: int | None = None


@dataclass(frozen=True, slots=True)
class GraphExport:
    """Nodes with distinct ids, and edges between them; a pair may have several.

    Raises:
        InvalidInput: two nodes have one id, an end is no node, or a weight is not finite.
    """

    nodes: Sequence[ExportNode]
    edges: Sequence[ExportEdge]

    def __post_init__(self) -> None:
        ids = Counter(node.id for node in self.nodes)
        if len(ids) < len(self.nodes):
            twice = ids.most_common(1)[0][0]
            raise InvalidInput(f"two nodes have the id {twice!r}: ids must be distinct")
        for edge in self.edges:
            if not {edge.source, edge.target} <= ids.keys():
                raise InvalidInput(
                    f"the edge {edge.source!r} - {edge.target!r} ends at what is no node"
                )
            if not math.isfinite(edge.weight):
                raise InvalidInput(
                    f"the edge {edge.source!r} - {edge.target!r} has the weight {edge.weight}: "
                    "weights must be finite"
                )

    @classmethod
    def of(cls, nodes: Iterable[ExportNode], edges: Sequence[ExportEdge]) -> GraphExport:
        """Put together what was read, with a node for each end that has none."""
        known = list(nodes)
        ids = {node.id for node in known}
        ends = dict.fromkeys(end for edge in edges for end in (edge.source, edge.target))
        return cls([*known, *(ExportNode(end, end) for end in ends if end not in ids)], edges)


def to_networkx(export: GraphExport) -> Any:  # noqa: ANN401 - networkx has no types
    """Make a MultiDiGraph; nodes and edges have the fields of the export as attributes."""
    import networkx as nx

    graph = nx.MultiDiGraph()
    for node in export.nodes:
        graph.add_node(node.id, label=node.label, kind=node.kind, attributes=dict(node.attributes))
    for edge in export.edges:
        graph.add_edge(
            edge.source,
            edge.target,
            predicate=edge.predicate,
            weight=edge.weight,
            proofs=list(edge.proofs),
            valid_from=edge.valid_from,
            valid_to=edge.valid_to,
        )
    return graph


def from_networkx(graph: Any) -> GraphExport:  # noqa: ANN401 - networkx has no types
    """Read any graph of networkx; what an edge or a node lacks has its default.

    Raises:
        InvalidInput: an attribute is not of the type that this field has.
    """
    nodes = [{**data, "id": node} for node, data in graph.nodes(data=True)]
    edges = [{**data, "source": s, "target": t} for s, t, data in graph.edges(data=True)]
    return checked(nodes, edges, "the graph")


def checked(nodes: object, edges: object, where: str) -> GraphExport:
    """Make a graph of lists of objects that nobody vouches for.

    Args:
        where: names their origin in errors.

    Raises:
        InvalidInput: they are none, or an object has a field of another type.
    """
    found = (_validated(_NODES, nodes, "nodes", where), _validated(_EDGES, edges, "edges", where))
    return GraphExport.of([node.made() for node in found[0]], [edge.made() for edge in found[1]])


class _Node(BaseModel):
    """A node as somebody else may have written it: fields of theirs become attributes."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)
    __pydantic_extra__: dict[str, JsonValue]

    id: str
    label: str | None = None
    kind: str = ""
    attributes: dict[str, JsonValue] = Field(default_factory=dict)

    def made(self) -> ExportNode:
        label = self.id if self.label is None else self.label
        return ExportNode(self.id, label, self.kind, {**self.__pydantic_extra__, **self.attributes})


class _Edge(BaseModel):
    """An edge as somebody else may have written it: fields of theirs are left out."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    source: str
    target: str
    predicate: str | None = None
    weight: float = Field(default=1.0, allow_inf_nan=False)
    proofs: tuple[int, ...] = ()
    valid_from: int | None = None
    valid_to: int | None = None

    def made(self) -> ExportEdge:
        return ExportEdge(
            self.source,
            self.target,
            RELATED if self.predicate is None else self.predicate,
            self.weight,
            self.proofs,
            self.valid_from,
            self.valid_to,
        )


_NODES: Final = TypeAdapter(list[_Node])
_EDGES: Final = TypeAdapter(list[_Edge])


def _validated(adapter: TypeAdapter[Any], data: object, what: str, where: str) -> Any:  # noqa: ANN401 - one of two lists
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = "".join(f"[{part}]" for part in first["loc"])
        raise InvalidInput(
            f"{where}: {what}{place}: {first['msg']}, but there is {first['input']!r:.80}"
            f" ({error.error_count()} such errors)"
        ) from error
