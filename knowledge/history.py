"""What changed between two texts: in words, in figures, and line by line."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

_LARGEST_TABLE = 1_000_000_000
"""Lines before times lines after (without those that both share at their ends) up to which they
are aligned, which takes a second at most; above, moved lines count as kept."""

_MOST_DIFF_LINES = 200_000

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
    parts = [f"{_counted(added)} added, {removed} removed"]
    for verb, names in (("new", new_sections), ("gone", gone_sections), ("changed", changed)):
        named = [name.rsplit(" › ", 1)[-1] for name in names if name]
        if named:
            more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
            parts.append(f"{verb}: {', '.join(named[:_NAMED])}{more}")
    return ChangeSummary("; ".join(parts), added, removed, new_sections, gone_sections, changed)


def first_summary(text: str, after: Sections) -> ChangeSummary:
    """Say what a first version brought."""
    lines = len(_bare_lines(text))
    names = [name for name in after if name]
    return ChangeSummary(f"first version, {_counted(lines)}", lines, 0, names, [], [])


def _counted(lines: int) -> str:
    return "1 line" if lines == 1 else f"{lines} lines"


def count_lines(old: str, new: str) -> tuple[int, int]:
    """Count lines added and removed by the shortest diff."""
    before, after = _bare_lines(old), _bare_lines(new)
    kept = _common_lines(before, after)
    return len(after) - kept, len(before) - kept


def _common_lines(before: Sequence[str], after: Sequence[str]) -> int:
    """Answer how many lines the longest common subsequence has.

    Whole machine words of the alignment's table are worked out at once, held in one large integer:
    difflib takes minutes for texts of a few thousand lines that repeat each other.

    Source: Hyyrö, "Bit-parallel LCS-length computation revisited", AWOCA 2004.
    """
    start = _shared_start(before, after)
    end = _shared_start(before[start:][::-1], after[start:][::-1])
    before, after = before[start : len(before) - end], after[start : len(after) - end]
    if len(before) * len(after) > _LARGEST_TABLE:
        return start + end + (Counter(before) & Counter(after)).total()
    places: dict[str, int] = defaultdict(int)
    for index, line in enumerate(before):
        places[line] |= 1 << index
    whole = (1 << len(before)) - 1
    row = whole
    for line in after:
        if matches := row & places.get(line, 0):
            row = ((row + matches) | (row - matches)) & whole
    return start + end + len(before) - row.bit_count()


def _shared_start(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def unified_diff(old: str, new: str, *, old_name: str, new_name: str, context: int = 3) -> str:
    """Write the difference in unified form (empty when the texts are equal)."""
    lines = difflib.unified_diff(
        _lines(old), _lines(new), fromfile=old_name, tofile=new_name, n=context
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in islice(lines, _MOST_DIFF_LINES)
    )


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _bare_lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []
