"""Which paths a source passes over: globs to include, and the ignore files found on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pathspec import GitIgnoreSpec

from foundation.errors import InvalidInput

ALWAYS_IGNORED: Final = frozenset({".git", "node_modules", "__pycache__", ".venv"})
"""Names that hold no knowledge, whatever else is asked for."""

MAX_IGNORE_BYTES: Final = 256 * 1024
"""A larger ignore file is not believed."""

_MAX_STARS: Final = 3
_COSTLY: Final = "more than 3 wildcards in one name can take hours to match: write it simpler"


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The rules of one folder: they speak of paths below it.

    Attributes:
        prefix: the folder, relative to the root: empty, or ending with a slash.
        problem: lines that were not understood and why; the others hold.
    """

    prefix: str
    spec: GitIgnoreSpec
    problem: str = ""


def parse_ignore_file(prefix: str, text: str) -> IgnoreFile:
    """Compile an ignore file in the syntax of gitignore(5).

    The file may come from strangers, so rules that a backtracking matcher could be held up by
    are refused, as git refuses none.
    """
    lines, problems = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        problem = _COSTLY if _is_costly(line) else _syntax_problem(line)
        if problem:
            problems.append(f"line {number}: {problem}")
        else:
            lines.append(line)
    return IgnoreFile(prefix, GitIgnoreSpec.from_lines(lines), "; ".join(problems[:5]))


def is_ignored(rules: Sequence[IgnoreFile], relative: str, *, folder: bool) -> bool:
    """Ask the ignore files, innermost first; the first that has an opinion decides.

    Args:
        rules: outermost first.
        relative: the path below the root, without a slash at its end.
    """
    path = relative + "/" if folder else relative
    for rule in reversed(rules):
        verdict = rule.spec.check_file(path[len(rule.prefix) :]).include
        if verdict is not None:
            return verdict
    return False


def is_passed_over(name: str, *, default_ignores: bool, hidden: bool) -> bool:
    """Judge one name of a path by the defaults alone."""
    if default_ignores and name in ALWAYS_IGNORED:
        return True
    return not hidden and name.startswith(".")


def inclusion(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Make the test for `include`: gitignore syntax, a path must match; no pattern lets all pass.

    `*.md` matches at any depth, `guides/` all below a folder, `/a/**/*.md` from the root on, and
    `!draft.md` takes a match back.

    Raises:
        InvalidInput: a pattern is not understood.
    """
    lines = [patterns] if isinstance(patterns, str) else list(patterns)
    if not lines:
        return lambda _: True
    for line in lines:
        if problem := _syntax_problem(line):
            raise InvalidInput(f"include pattern {line[:80]!r}: {problem}")
    spec = GitIgnoreSpec.from_lines(lines)
    return lambda relative: spec.check_file(relative).include is True


def _syntax_problem(line: str) -> str:
    try:
        GitIgnoreSpec.from_lines([line])
    except (ValueError, re.error):
        return f"{line[:80]!r} is no pattern as gitignore(5) describes them"
    return ""


def _is_costly(line: str) -> bool:
    if line.startswith("#"):
        return False
    names = line.split("/")
    deep = sum(name == "**" for name in names)
    return deep > _MAX_STARS or any(name.count("*") > _MAX_STARS for name in names)
