"""Which paths a source passes over: globs to include, and the ignore files found on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidInput
from ingest.sources.wildmatch import Rule, parse_rule, verdict

ALWAYS_IGNORED: Final = frozenset({".git", "node_modules", "__pycache__", ".venv"})
"""Names that hold no knowledge, whatever else is asked for."""

MAX_IGNORE_BYTES: Final = 256 * 1024
"""A larger ignore file is not believed."""

_MAX_PROBLEMS: Final = 5


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The rules of one folder: they speak of what lies below it.

    Attributes:
        depth: how many names lead from the root to the folder.
        problem: the lines that were not understood, and why; the others hold.
    """

    depth: int
    rules: tuple[Rule, ...] = ()
    problem: str = ""


def parse_ignore_file(text: str, *, depth: int = 0) -> IgnoreFile:
    """Read an ignore file in the syntax of gitignore(5)."""
    rules: list[Rule] = []
    problems: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            rule = parse_rule(line)
        except InvalidInput as error:
            problems.append(f"line {number}: {error}")
        else:
            rules += [rule] if rule else []
    return IgnoreFile(depth, tuple(rules), "; ".join(problems[:_MAX_PROBLEMS]))


def is_ignored(files: Sequence[IgnoreFile], relative: str, *, folder: bool) -> bool:
    """Ask the ignore files, innermost first; the first that has an opinion decides.

    Args:
        files: outermost first.
        relative: the path below the root, without a slash at its end.
    """
    if not files:
        return False
    path = relative.split("/")
    for file in reversed(files):
        answer = verdict(file.rules, path[file.depth :], folder=folder)
        if answer is not None:
            return answer
    return False


def is_passed_over(name: str, *, default_ignores: bool, hidden: bool) -> bool:
    """Judge one name of a path by the defaults alone."""
    if default_ignores and name in ALWAYS_IGNORED:
        return True
    return not hidden and name.startswith(".")


def inclusion(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Make the test for `include`: a file must match; without patterns all do.

    In gitignore syntax: `*.md` matches at any depth, `guides/` all below a folder, `a/**/*.md`
    from the root on, and `!draft.md` takes a match back.

    Raises:
        InvalidInput: a pattern is not understood.
    """
    rules: list[Rule] = []
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        try:
            rule = parse_rule(pattern)
        except InvalidInput as error:
            raise InvalidInput(f"include pattern {pattern[:80]!r}: {error}") from error
        if rule is None:
            raise InvalidInput(f"include pattern {pattern[:80]!r} is blank or a comment")
        rules.append(rule)
    return (lambda relative: _is_included(rules, relative)) if rules else (lambda _: True)


def _is_included(rules: Sequence[Rule], relative: str) -> bool:
    """Ask of the file, then of each folder above it; the first answer counts."""
    path = relative.split("/")
    for length in range(len(path), 0, -1):
        answer = verdict(rules, path[:length], folder=length < len(path))
        if answer is not None:
            return answer
    return False
