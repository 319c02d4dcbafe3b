"""Office equations (OMML) as one line of text, so that they can be read and searched."""

from __future__ import annotations

from typing import Any, Final

_MATH: Final = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_M: Final = f"{{{_MATH}}}"
_W: Final = f"{{{_WORD}}}"

HAS_EQUATIONS: Final = _MATH.encode()
"""Bytes that stand in every document with equations."""


def equations_to_runs(document: bytes) -> bytes:
    """Replace each equation of a `word/document.xml` by a run with its text."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(document, parser)
    # A paragraph of equations (oMathPara) goes as a whole: mammoth knows neither of the two.
    for equation in list(root.iter(f"{_M}oMathPara", f"{_M}oMath")):
        parent = equation.getparent()
        if parent is None or parent.tag == f"{_M}oMathPara":
            continue
        run = etree.Element(f"{_W}r")
        text = etree.SubElement(run, f"{_W}t")
        text.text = f" {linear(equation)} "
        run.tail = equation.tail
        parent.replace(equation, run)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def linear(node: Any) -> str:  # noqa: ANN401 - an lxml element, which has no types
    """Write an equation on one line: `x^2`, `a_i`, `(a+b)/(c)`, `√x`, `∑_(i=1)^n`.

    What is not known by name is written as its parts, one after the other.
    """
    kind = str(node.tag).removeprefix(_M)
    if kind == "t":
        return node.text or ""
    if kind == "nary":
        return _with_bounds(node)
    if kind == "d":
        return f"({', '.join(linear(child) for child in node if child.tag == f'{_M}e')})"
    pattern, names = _PATTERNS.get(kind, ("", ()))
    if pattern:
        return pattern.format(*(_group(_part(node, name)) for name in names))
    return "".join(linear(child) for child in node if not str(child.tag).endswith("Pr"))


_PATTERNS: Final = {
    "f": ("{}/{}", ("num", "den")),
    "sSup": ("{}^{}", ("e", "sup")),
    "sSub": ("{}_{}", ("e", "sub")),
    "sSubSup": ("{}_{}^{}", ("e", "sub", "sup")),
    "rad": ("{}√{}", ("deg", "e")),
}


def _part(node: Any, name: str) -> str:  # noqa: ANN401 - an lxml element
    child = node.find(f"{_M}{name}")
    return linear(child).strip() if child is not None else ""


def _group(text: str) -> str:
    return text if len(text) < 2 or text.isalnum() else f"({text})"


def _with_bounds(node: Any) -> str:  # noqa: ANN401 - an lxml element
    sign = node.find(f"{_M}naryPr/{_M}chr")
    low, high = _part(node, "sub"), _part(node, "sup")
    bounds = (f"_{_group(low)}" if low else "") + (f"^{_group(high)}" if high else "")
    symbol = sign.get(f"{_M}val") if sign is not None else "∫"
    return f"{symbol}{bounds} {_part(node, 'e')}"
