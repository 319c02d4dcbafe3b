"""What changed between two texts: in words, in figures, and line by line."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

_MATCHED_LINES = 8_000
"""Above this many lines a diff is counted, not aligned: alignment is quadratic at worst."""

_NAMED = 6


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """How a version differs from the one before it.

    Attributes:
        summary: one sentence for people.
        lines_added, lines_removed: as a unified diff counts them.
        sections_added, sections_removed, sections_changed: headings, in the order of the text.
    """

    summary: str
    lines_added: int
    lines_removed: int
    sections_added: Sequence[str]
    sections_removed: Sequence[str]
    sections_changed: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """Make the form that is stored with the version."""
        return asdict(self)


Sections = dict[str, str]
"""Heading path (joined by ` › `) → the text below it."""


def sections(text: str, spans: Sequence[tuple[int, int, tuple[str, ...]]]) -> Sections:
    """Group a version's passages by their headings."""
    grouped: dict[str, list[str]] = {}
    for start, end, heading in spans:
        grouped.setdefault(" › ".join(heading), []).append(text[start:end])
    return {heading: "\n".join(parts) for heading, parts in grouped.items()}


def summarise(old: str, new: str, before: Sections, after: Sections) -> ChangeSummary:
    """Say what an update did."""
    added, removed = count_lines(old, new)
    new_sections = [name for name in after if name and name not in before]
    gone_sections = [name for name in before if name and name not in after]
    changed = [name for name in after if name in before and before[name] != after[name]]
    parts = [f"{added} lines added, {removed} removed"]
    for verb, names in (("new", new_sections), ("gone", gone_sections), ("changed", changed)):
        named = [name.rsplit(" › ", 1)[-1] for name in names if name]
        if named:
            more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
            parts.append(f"{verb}: {', '.join(named[:_NAMED])}{more}")
    return ChangeSummary("; ".join(parts), added, removed, new_sections, gone_sections, changed)


def first_summary(text: str, after: Sections) -> ChangeSummary:
    """Say what a first version brought."""
    lines = len(text.splitlines())
    names = [name for name in after if name]
    return ChangeSummary(f"first version, {lines} lines", lines, 0, names, [], [])


def count_lines(old: str, new: str) -> tuple[int, int]:
    """Count lines added and removed."""
    before, after = old.splitlines(), new.splitlines()
    if len(before) + len(after) > _MATCHED_LINES:
        have, want = Counter(before), Counter(after)
        return (want - have).total(), (have - want).total()
    added = removed = 0
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            added += j2 - j1
            removed += i2 - i1
    return added, removed


def unified_diff(old: str, new: str, *, old_name: str, new_name: str, context: int = 3) -> str:
    """Write the difference in unified form (empty when the texts are equal)."""
    lines = difflib.unified_diff(
        _lines(old), _lines(new), fromfile=old_name, tofile=new_name, n=context
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in islice(lines, 200_000))


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)
