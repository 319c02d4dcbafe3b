"""A document's title, as its own text gives it: metadata first, then the first heading."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

_HEAD: Final = 64 * 1024
_MAX_LINE: Final = 1000
_MAX_TITLE: Final = 500

_FIELD: Final = re.compile(r"[A-Za-z][\w -]{0,40}:(?:[ \t]|$)")
_TITLE_FIELD: Final = re.compile(r"title:[ \t]+(.+)", re.IGNORECASE)
_TOML_TITLE: Final = re.compile(r"""title\s*=\s*["'](.+)["']\s*$""", re.IGNORECASE)
_ATX: Final = re.compile(r" {0,3}#{1,6}[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*$")
_SETEXT: Final = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*$")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_HTML_HEADING: Final = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1\s*>", re.IGNORECASE | re.DOTALL)
_ADORNMENT: Final = re.compile(r"([!-/:-@\[-`{-~])\1*\s*$")

_LINK: Final = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_ROLE: Final = re.compile(r":[\w:.+-]+:`([^`<]+?)\s*(?:<[^`]*>)?`")
_TAG: Final = re.compile(r"<[^>]+>")


def _head(text: str) -> list[str]:
    # Lines are cut too: what a pattern looks at stays short, whatever the text is made of.
    return [line[:_MAX_LINE] for line in text[:_HEAD].splitlines()]


def stem(name: str) -> str:
    """Take the file's name without folders and extension: the title of what has none."""
    path = PurePosixPath(name.replace("\\", "/"))
    return tidy(path.stem or path.name or name)


def tidy(title: str) -> str:
    """Write a title on one line, bounded, without control characters."""
    kept = "".join(" " if unicodedata.category(char) == "Cc" else char for char in title[:4000])
    return " ".join(kept.split())[:_MAX_TITLE]


def plain_title(text: str) -> str:
    """Read the title of a text that opens with a block of fields, one of them `Title: …`."""
    return _field_title(_head(text))


def markdown_title(text: str) -> str:
    """Read a Markdown title: front matter, else the first heading outside of code."""
    lines = _head(text)
    found, body = _front_matter(lines)
    return found or _field_title(lines) or _first_heading(lines[body:])


def rst_title(text: str) -> str:
    """Read a reStructuredText title: its fields, else the first text that is underlined."""
    lines = _head(text)
    found = _field_title(lines)
    if found:
        return found
    for number, line in enumerate(lines[1:], start=1):
        title = lines[number - 1].rstrip()
        if not _ADORNMENT.fullmatch(line) or not title.strip() or _ADORNMENT.fullmatch(title):
            continue
        above = lines[number - 2].rstrip() if number >= 2 else ""
        overlined = bool(above) and above == line.rstrip()
        alone = not above and not title[0].isspace()
        if (overlined or alone) and len(line.rstrip()) >= min(4, _columns(title.strip())):
            return tidy(_bare(title))
    return ""


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _field_title(lines: list[str]) -> str:
    # At least two fields in a row, so that a sentence with a colon is none.
    block: list[str] = []
    for line in lines[:40]:
        if not _FIELD.match(line) and not (block and line[:1] in {" ", "\t"}):
            break
        block.append(line)
    if len(block) < 2:
        return ""
    return next((tidy(found[1]) for found in map(_TITLE_FIELD.match, block) if found), "")


def _front_matter(lines: list[str]) -> tuple[str, int]:
    """Read the title of YAML (---) or TOML (+++) front matter, and where the body begins."""
    mark = lines[0].strip() if lines else ""
    if mark not in {"---", "+++"}:
        return "", 0
    stripped = [line.strip() for line in lines[1:]]
    if mark not in stripped:
        return "", 0
    end = stripped.index(mark)
    pattern = _TITLE_FIELD if mark == "---" else _TOML_TITLE
    titles = (pattern.match(line) for line in stripped[:end])
    found = next((match[1].strip().strip("\"'") for match in titles if match), "")
    return tidy(found), end + 2


def _first_heading(lines: list[str]) -> str:
    fence = ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        if fence or mark:
            continue
        heading = _ATX.match(line)
        if heading and _bare(heading[1]):
            return tidy(_bare(heading[1]))
        before = lines[number - 1].strip() if number else ""
        if _SETEXT.match(line) and before and "|" not in before:
            return tidy(_bare(before))
        tag = _HTML_HEADING.search("\n".join(lines[number : number + 6])) if "<h" in line else None
        if tag and _bare(tag[2]):
            return tidy(_bare(tag[2]))
    return ""


def _bare(title: str) -> str:
    """Drop inline markup: links, roles, tags, emphasis and code marks."""
    title = _ROLE.sub(r"\1", _LINK.sub(r"\1", title))
    return re.sub(r"[`*]+|(?<!\w)_+|_+(?!\w)", "", _TAG.sub("", title)).strip()
