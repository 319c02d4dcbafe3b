"""The patterns of gitignore(5), matched one entry at a time and never in more than linear steps.

A library's answers (pathspec 1.1) differ from git's where a rule that takes back (`!docs`) names a
folder above the entry, and its regular expressions backtrack: five stars against one long name
take ten seconds. Ignore files come with the folders of strangers, so neither would do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidInput

_ANY_NAME: Final = re.compile(".+", re.DOTALL)
_NOTHING: Final = re.compile("(?!)")
_CLASSES: Final = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_BRACKET: Final = re.compile(r"\[([!^]?+)(\]?+(?>\[:\w+:\]|\\.|[^\]\\])*+)\]", re.DOTALL)
_MEMBER: Final = re.compile(r"\[:(?P<name>\w+):\]|\\?(?P<low>.)(?:-\\?(?P<high>.))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an ignore file.

    Attributes:
        names: what the names of a path must match, in order; None stands for any number of
            folders.
        negated: the line takes a match back.
        folders_only: the line ended with a slash.
    """

    names: tuple[re.Pattern[str] | None, ...]
    negated: bool = False
    folders_only: bool = False

    def matches(self, path: Sequence[str], *, folder: bool) -> bool:
        """Tell whether the entry itself matches; its folders were asked about before."""
        if self.folders_only and not folder:
            return False
        match self.names:
            case [None, re.Pattern() as last]:
                return last.fullmatch(path[-1]) is not None
            case _:
                return _match(self.names, path)


def parse_rule(line: str) -> Rule | None:
    """Read a line; None stands for a blank line or a comment.

    Raises:
        InvalidInput: it can match nothing.
    """
    text = re.sub(r"(?<!\\) +$", "", line.removesuffix("\r"))
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    body = text.removeprefix("!")
    folders_only = body.endswith("/")
    body = body.removesuffix("/")
    floating = "/" not in body
    names: list[re.Pattern[str] | None] = [None] if floating else []
    for name in body.removeprefix("/").split("/"):
        if len(name) < 2 or name.strip("*"):
            names.append(_compile(name))
        elif names[-1:] != [None]:
            names.append(None)
    if names[-1] is None:
        names.append(_ANY_NAME)
    return Rule(tuple(names), negated=negated, folders_only=folders_only)


def verdict(rules: Sequence[Rule], path: Sequence[str], *, folder: bool) -> bool | None:
    """Ask the rules, the last first: matched, taken back, or nothing said (None)."""
    for rule in reversed(rules):
        if rule.matches(path, folder=folder):
            return not rule.negated
    return None


def _match(names: Sequence[re.Pattern[str] | None], path: Sequence[str]) -> bool:
    """Match greedily: on a mismatch only the last `**` need take one more folder."""
    here = there = resumed = 0
    starred = -1
    while there < len(path):
        wanted = names[here] if here < len(names) else _NOTHING
        if wanted is None:
            starred, resumed = here, there
            here += 1
        elif wanted.fullmatch(path[there]):
            here += 1
            there += 1
        elif starred >= 0:
            resumed += 1
            here, there = starred + 1, resumed
        else:
            return False
    return here == len(names)


def _compile(name: str) -> re.Pattern[str]:
    """Translate one name; what stands between two stars is found once and kept (atomic groups)."""
    pieces = [""]
    at = 0
    while at < len(name):
        character = name[at]
        width = 1
        if character == "*":
            pieces.append("")
        elif character == "?":
            pieces[-1] += "."
        elif character == "[":
            bracket = _BRACKET.match(name, at)
            if bracket is None:
                raise InvalidInput(f"{name[:80]!r} opens a bracket that it does not close")
            pieces[-1] += _bracket(bracket[1], bracket[2])
            width = len(bracket[0])
        elif character == "\\":
            if at + 1 == len(name):
                raise InvalidInput(f"{name[:80]!r} ends with a backslash")
            pieces[-1] += re.escape(name[at + 1])
            width = 2
        else:
            pieces[-1] += re.escape(character)
        at += width
    if not name:
        raise InvalidInput("it holds an empty name")
    first, *others = pieces
    if others:
        *middle, last = others
        first += "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last
    return re.compile(first, re.DOTALL)


def _bracket(negation: str, members: str) -> str:
    items = []
    for member in _MEMBER.finditer(members):
        name, low, high = member.group("name", "low", "high")
        if name is not None:
            if name not in _CLASSES:
                raise InvalidInput(f"{name[:40]!r} is no class of characters")
            items.append(_CLASSES[name])
        elif high is None:
            items.append(re.escape(low))
        elif low <= high:
            items.append(f"{re.escape(low)}-{re.escape(high)}")
    if not items:
        return "." if negation else "(?!)"
    return f"[{'^' if negation else ''}{''.join(items)}]"
