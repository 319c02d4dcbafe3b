"""Every format in which a graph goes out or comes in, under one name."""

from __future__ import annotations

from pathlib import Path

from foundation.errors import InvalidInput, NotFound
from knowledge.graph.export import ExportEdge, ExportNode, GraphExport, from_networkx, to_networkx
from knowledge.graph.graphml import from_graphml, to_graphml
from knowledge.graph.node_link import from_json, to_json
from knowledge.graph.parquet import read_parquet, write_parquet

__all__ = [
    "ExportEdge",
    "ExportNode",
    "GraphExport",
    "from_graphml",
    "from_json",
    "from_networkx",
    "read_edges",
    "read_parquet",
    "to_graphml",
    "to_json",
    "to_networkx",
    "write_parquet",
]


def read_edges(path: Path, *, most_bytes: int = 64 * 2**20) -> GraphExport:
    """Read a graph that nobody vouches for: GraphML (.graphml, .xml) or JSON (see `from_json`).

    Args:
        most_bytes: a larger file is refused before it is read.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is too large, of another format, or broken; the message says where.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}")
    readers = {".json": _read_json, ".graphml": from_graphml, ".xml": from_graphml}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InvalidInput(f"{path.name}: a graph comes as .graphml, .xml or .json")
    size = path.stat().st_size
    if size > most_bytes:
        raise InvalidInput(
            f"{path.name} has {size:,} bytes, more than the {most_bytes:,} allowed: divide it"
        )
    return reader(path.read_bytes(), path.name)


def _read_json(data: bytes, where: str) -> GraphExport:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{where} is not UTF-8: {error}") from error
    return from_json(text, where)
