"""JSON as an outline: one `key: value` a line, which reads, splits and searches like text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import Unparsable
from ingest.parsers.charset import decode
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.guards import check_holds_text, check_is_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST: Final = 32
# What is not closed is taken to the end, and left as it is: it is looked through once, not from
# each of its quotes anew.
_STRING: Final = r'("(?:\\.|[^"\\])*+"?)'
_COMMENTS: Final = re.compile(rf"{_STRING}|//[^\n]*|/\*.*?(?:\*/|(\Z))", re.DOTALL)
_TRAILING: Final = re.compile(rf"{_STRING}|,(?=\s*[}}\]])", re.DOTALL)


class Literal(str):
    """A number, kept as it is written: no digit is lost, and none added."""

    __slots__ = ()


def parse_json(data: bytes, task: Task) -> tuple[Any, str]:
    """Read JSON, with comments and trailing commas allowed; answer the encoding too.

    Raises:
        Unparsable: it is no JSON, or nested beyond what can be read.
    """
    decoded = decode(data, declared=task.charset)
    check_is_text(decoded.text, task.label)
    check_holds_text(decoded.text, f"{task.label} file")
    try:
        try:
            return _loads(decoded.text), decoded.encoding
        except json.JSONDecodeError:
            if "//" not in decoded.text and "/*" not in decoded.text and "," not in decoded.text:
                raise
            plain = _TRAILING.sub(r"\1", _COMMENTS.sub(_blank, decoded.text))
            return _loads(plain), decoded.encoding
    except json.JSONDecodeError as error:
        raise Unparsable(
            f"it claims to be {task.label} but is no JSON (line {error.lineno}, column "
            f"{error.colno}: {error.msg}); mend it, or ingest it as text/plain"
        ) from error
    except RecursionError as error:
        raise Unparsable(
            f"the {task.label} is nested too deeply to be read; flatten it, or ingest it as "
            "text/plain"
        ) from error


def _loads(text: str) -> Any:  # noqa: ANN401 - JSON is anything
    return json.loads(text, parse_int=Literal, parse_float=Literal, parse_constant=Literal)


def _blank(match: re.Match[str]) -> str:
    # Line ends stay, so that the place named in an error is the place in the file.
    if match[2] is not None:  # a comment without an end
        return match[0]
    return match[1] or re.sub(r"[^\n]", " ", match[0])


def convert_json(data: bytes, task: Task) -> Converted:
    """Write JSON as an outline; `title` or `name` at its top is the title."""
    value, encoding = parse_json(data, task)
    title = ""
    if isinstance(value, dict):
        titles = (value.get(key) for key in ("title", "name"))
        title = next((each for each in titles if isinstance(each, str) and each.strip()), "")
    text = "\n".join(outline(value))
    check_holds_text(text, task.label)
    return Converted(text, title, {"encoding": encoding})


def outline(value: object, depth: int = 0, label: str = "") -> Iterator[str]:
    """Yield the lines of a value: keys as `key: value`, items as `- value`, two blanks a level.

    A text of several lines stands below its key, indented. What is nested deeper than 32 levels
    stands on one line as it is in JSON.
    """
    indent = "  " * depth
    if depth >= _DEEPEST and isinstance(value, (dict, list)):
        yield f"{indent}{label}{json.dumps(value, ensure_ascii=False)}"
    elif isinstance(value, dict) and value:
        if label:
            yield f"{indent}{label}".rstrip()
        for key, inner in value.items():
            yield from outline(inner, depth + bool(label), f"{key}: ")
    elif isinstance(value, list) and value:
        if label:
            yield f"{indent}{label}".rstrip()
        for inner in value:
            yield from _item(inner, depth + bool(label))
    else:
        first, *rest = _scalar(value).split("\n")
        yield f"{indent}{label}{first}".rstrip()
        yield from (f"{indent}  {line}".rstrip() for line in rest)


def _item(value: object, depth: int) -> Iterator[str]:
    # The first line of an object or list stands beside the dash of its item.
    if not isinstance(value, (dict, list)) or not value or depth >= _DEEPEST:
        yield from outline(value, depth, "- ")
        return
    lines = outline(value, depth + 1)
    yield f"{'  ' * depth}- {next(lines).lstrip()}"
    yield from lines


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return "" if value is None or value in ({}, []) else str(value)
