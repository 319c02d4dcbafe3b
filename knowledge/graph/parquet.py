"""Parquet: a graph as two tables, for data frames and warehouses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from foundation.errors import InvalidInput, NotFound, Unavailable
from knowledge.graph.export import ExportEdge, ExportNode, GraphExport
from knowledge.graph.node_link import from_json_text, to_json_text

NODES: Final = "nodes.parquet"
EDGES: Final = "edges.parquet"


def write_parquet(export: GraphExport, folder: Path) -> tuple[Path, Path]:
    """Write nodes.parquet and edges.parquet to a folder, which is made if it is missing.

    Attributes of nodes stand as JSON in one column.

    Raises:
        Unavailable: pyarrow is not installed.
        InvalidInput: an attribute is not JSON, or a text is not Unicode.
    """
    arrow, parquet = _arrow()
    text, integer = arrow.string(), arrow.int64()
    nodes, edges = export.nodes, export.edges
    columns: dict[str, dict[str, tuple[list[Any], Any]]] = {
        NODES: {
            "id": ([node.id for node in nodes], text),
            "label": ([node.label for node in nodes], text),
            "kind": ([node.kind for node in nodes], text),
            "attributes": ([to_json_text(dict(node.attributes)) for node in nodes], text),
        },
        EDGES: {
            "source": ([edge.source for edge in edges], text),
            "target": ([edge.target for edge in edges], text),
            "predicate": ([edge.predicate for edge in edges], text),
            "weight": ([float(edge.weight) for edge in edges], arrow.float64()),
            "proofs": ([list(edge.proofs) for edge in edges], arrow.list_(integer)),
            "valid_from": ([edge.valid_from for edge in edges], integer),
            "valid_to": ([edge.valid_to for edge in edges], integer),
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in columns.items():
        try:
            arrays = {key: arrow.array(values, kind) for key, (values, kind) in table.items()}
        except (ValueError, OverflowError) as error:
            raise InvalidInput(f"{name} cannot hold this graph: {error}") from error
        parquet.write_table(arrow.table(arrays), folder / name)
    return folder / NODES, folder / EDGES


def read_parquet(folder: Path) -> GraphExport:
    """Read what `write_parquet` wrote.

    Raises:
        Unavailable: pyarrow is not installed.
        NotFound: one of the files is missing.
        InvalidInput: one of them is something else.
    """
    nodes, edges = (_rows(folder / name) for name in (NODES, EDGES))
    try:
        return GraphExport(
            [
                ExportNode(
                    row["id"],
                    row["label"],
                    row["kind"],
                    from_json_text(row["attributes"], f"{NODES}: attributes"),
                )
                for row in nodes
            ],
            [ExportEdge(**{**row, "proofs": tuple(row["proofs"])}) for row in edges],
        )
    except (KeyError, TypeError) as error:
        raise InvalidInput(f"{folder} holds other tables than {NODES} and {EDGES}") from error


def _rows(path: Path) -> list[dict[str, Any]]:
    arrow, parquet = _arrow()
    if not path.is_file():
        raise NotFound(f"there is no file {path}")
    try:
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    except arrow.ArrowException as error:
        raise InvalidInput(f"{path.name} cannot be read as Parquet: {error}") from error
    return rows


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise Unavailable("Parquet needs pyarrow: run pip install -e '.[parquet]'") from error
    return pa, parquet
