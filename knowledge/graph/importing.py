"""Take edges in from elsewhere: as a document, so that each is cited, versioned and undoable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from foundation.errors import InvalidInput
from knowledge.extraction.normalise import clean_surface
from knowledge.graph.exchange import ExportEdge, GraphExport
from knowledge.graph.model import CO_OCCURS
from knowledge.model import Draft, Span

_ROWS: Final = 8
HEADER: Final = "| subject | predicate | object |\n|---|---|---|"
"""Begins a table each row of which is a claim."""


def draft_of(name: str, graph: GraphExport) -> Draft:
    """Write a graph's edges as tables of subject, predicate and object, a passage for each.

    That entities co-occur is no statement, so such edges of an export are left out.

    Raises:
        InvalidInput: an end or a predicate is no name, or no edge states anything.
    """
    labels = {node.id: node.label or node.id for node in graph.nodes}
    stated = [edge for edge in graph.edges if edge.predicate != CO_OCCURS]
    if not stated:
        raise InvalidInput(f"{name} has no edge that states anything: give each a predicate")
    tables = list(_tables(stated, labels))
    spans, start = [], 0
    for ordinal, table in enumerate(tables):
        spans.append(Span(ordinal, start, start + len(table)))
        start += len(table) + 2
    return Draft(
        source_id=f"graphs/{name}",
        text="\n\n".join(tables),
        spans=spans,
        title=name,
        media_type="text/markdown",
        metadata={"edges": len(stated)},
    )


def _tables(edges: Sequence[ExportEdge], labels: dict[str, str]) -> Iterator[str]:
    for start in range(0, len(edges), _ROWS):
        some = enumerate(edges[start : start + _ROWS], start)
        yield "\n".join([HEADER, *(_row(edge, labels, number) for number, edge in some)])


def _row(edge: ExportEdge, labels: dict[str, str], number: int) -> str:
    cells = [
        clean_surface(text).replace("|", "/")
        for text in (
            labels.get(edge.source, edge.source),
            edge.predicate,
            labels.get(edge.target, edge.target),
        )
    ]
    if not all(cells):
        raise InvalidInput(
            f"edge {number} ({edge.source[:80]!r} to {edge.target[:80]!r}) has an end or a"
            " predicate that is no name: give each a label"
        )
    return f"| {' | '.join(cells)} |"
