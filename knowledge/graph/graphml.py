"""GraphML: what Gephi, yEd, Cytoscape and networkx read."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any, Final

from foundation.errors import InvalidInput
from knowledge.graph.export import ExportEdge, GraphExport, from_networkx
from knowledge.graph.node_link import from_json_text, to_json_text

_FORBIDDEN: Final = "\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff"
_TO_ESCAPE: Final = re.compile(f"_(?=x[0-9A-F]{{4}}(?:_|[{_FORBIDDEN}]))|[{_FORBIDDEN}]")
_ESCAPED: Final = re.compile("_x([0-9A-F]{4})_")

_Field = tuple[str, Callable[[str], Any]]

_LONGEST_NUMBER: Final = 400
_TYPES: Final[dict[str, Callable[[str], Any]]] = {
    "boolean": lambda text: {"true": True, "1": True, "false": False, "0": False}[text.lower()],
    "int": int,
    "long": int,
    "float": float,
    "double": float,
}


def to_graphml(export: GraphExport) -> str:
    """Write what `from_graphml` reads back as it was; it says that it is UTF-8.

    Attributes of nodes and proofs of edges stand as JSON in one field each. A character that XML
    forbids is written as _xHHHH_, and so is the underscore of a text that looks like that
    (ECMA-376, ST_Xstring).

    Raises:
        InvalidInput: an attribute is not JSON.
    """
    import networkx as nx

    graph = nx.MultiDiGraph()
    for node in export.nodes:
        fields = {"label": node.label, "kind": node.kind}
        if node.attributes:
            fields["attributes"] = to_json_text(dict(node.attributes))
        graph.add_node(escape(node.id), **{name: escape(text) for name, text in fields.items()})
    for edge in export.edges:
        graph.add_edge(escape(edge.source), escape(edge.target), **_fields(edge))
    written = io.BytesIO()
    nx.write_graphml(graph, written)
    return written.getvalue().decode()


def from_graphml(data: bytes, where: str = "the file") -> GraphExport:
    """Read GraphML, ours or another's; fields that we do not have become attributes.

    Args:
        where: names the file in errors.

    Raises:
        InvalidInput: it is no GraphML, it has a DOCTYPE (which can make a small file fill the
            memory), or a field is not of its type.
    """
    import networkx as nx

    graph = nx.MultiDiGraph()
    elements = _elements(data, where)
    try:
        keys = {key.attrib["id"]: _field(key) for key in elements.get("key", ())}
        for element in elements.get("node", ()):
            fields = _data(element, keys, where)
            graph.add_nodes_from([(_text(element.attrib["id"]), fields)])
        for element in elements.get("edge", ()):
            ends = (_text(element.attrib["source"]), _text(element.attrib["target"]))
            graph.add_edges_from([(*ends, None, _data(element, keys, where))])
    except (KeyError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{where} is no sound GraphML: {error!r}") from error
    return from_networkx(graph)


def escape(text: str) -> str:
    """Write what XML forbids in a way that it allows."""
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _text(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _fields(edge: ExportEdge) -> dict[str, Any]:
    fields = {
        "predicate": escape(edge.predicate),
        "weight": float(edge.weight),
        "proofs": to_json_text(list(edge.proofs)),
        "valid_from": edge.valid_from,
        "valid_to": edge.valid_to,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _elements(data: bytes, where: str) -> dict[str, list[Any]]:
    """Parse without entities; answer all elements by their names, in the order of the file."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import parse

    try:
        root = parse(io.BytesIO(data), forbid_dtd=True).getroot()
    except DefusedXmlException as error:
        raise InvalidInput(f"{where} has a DOCTYPE or entities: take these out") from error
    except (ParseError, ValueError, LookupError) as error:
        raise InvalidInput(f"{where} cannot be read as XML: {error}") from error
    if root.tag.rpartition("}")[2] != "graphml":
        raise InvalidInput(f"{where} is no GraphML: its outermost element is {root.tag!r:.80}")
    found: dict[str, list[Any]] = {}
    for element in root.iter():
        found.setdefault(element.tag.rpartition("}")[2], []).append(element)
    return found


def _field(key: Any) -> _Field:  # noqa: ANN401 - an element of the standard library's tree
    """Read what a field is called, and how its text becomes a value."""
    name = key.get("attr.name") or key.get("yfiles.type") or key.attrib["id"]
    return name, _TYPES.get(key.get("attr.type"), _text)


def _data(
    element: Any,  # noqa: ANN401 - an element of the standard library's tree
    keys: dict[str, _Field],
    where: str,
) -> dict[str, Any]:
    """Read the fields of a node or an edge; drawings (elements within elements) are left out."""
    found: dict[str, Any] = {}
    for child in element:
        if child.tag.rpartition("}")[2] == "data" and not len(child):
            name, convert = keys[child.attrib["key"]]
            text = child.text or ""
            if convert is not _text and len(text) > _LONGEST_NUMBER:
                raise InvalidInput(f"{where}: {name} is too long for a number")
            found[name] = convert(text)
    for name in ("attributes", "proofs"):
        if isinstance(found.get(name), str):
            found[name] = from_json_text(found[name], f"{where}: {name}")
    return found
