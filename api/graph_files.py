"""Graphs in files: which format, by name or by the file's ending."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from foundation.errors import Conflict, InvalidInput, NotFound, Unavailable
from knowledge.graph import exchange
from knowledge.graph.exchange import GraphExport

FORMATS: Final = ("graphml", "json", "parquet")


def write_graph(graph: GraphExport, path: Path, format: str | None) -> None:  # noqa: A002 - the usual word
    """Write a graph; a file that exists is not overwritten.

    Raises:
        InvalidInput: the format is unknown.
        Conflict: the file exists.
        Unavailable: it can't be written.
    """
    kind = format_of(path, format)
    if path.exists():
        raise Conflict(f"{path} exists: an export never overwrites, name another file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "parquet":
            exchange.write_parquet(graph, path)
        elif kind == "graphml":
            path.write_text(exchange.to_graphml(graph), encoding="utf-8")
        else:
            path.write_text(exchange.to_json(graph), encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror or error}") from error


def read_graph(path: Path) -> GraphExport:
    """Read edges from GraphML or JSON.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it holds no graph; the message says where.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}")
    return exchange.read_edges(path)


def format_of(path: Path, format: str | None) -> str:  # noqa: A002 - the usual word
    """Tell a format by its name, else by the file's ending.

    Raises:
        InvalidInput: it is unknown.
    """
    found = (format or path.suffix.removeprefix(".") or "parquet").lower()
    if found not in FORMATS:
        raise InvalidInput(f"{found[:80]!r} is no format of graphs: {', '.join(FORMATS)}")
    return found
