"""The patterns of gitignore(5), matched one entry at a time and never in more than linear steps.

A library's answers (pathspec 1.1) differ from git's where a rule that takes back (`!docs`) names a
folder above the entry, and its regular expressions backtrack: five stars against one long name
take ten seconds. Ignore files come with the folders of strangers, so neither would do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
_TOKEN: Final = re.compile(
    r"\\(?P<escaped>.)"
    r"|\[(?P<negation>[!^]?+)(?P<members>\]?+(?>\[:\w+:\]|\\.|[^\]\\])*+)\]"
    r"|(?P<plain>.)",
    re.DOTALL,
)
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
    for tokens in _names(body.removeprefix("/")):
        if len(tokens) < 2 or any(token["plain"] != "*" for token in tokens):
            names.append(_compile(tokens))
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


def _names(body: str) -> Iterator[list[re.Match[str]]]:
    """Cut a pattern at its slashes; one within brackets is a member that no name holds."""
    tokens: list[re.Match[str]] = []
    for token in _TOKEN.finditer(body):
        if token["plain"] == "/":
            yield tokens
            tokens = []
        else:
            tokens.append(token)
    yield tokens


def _compile(tokens: Sequence[re.Match[str]]) -> re.Pattern[str]:
    """Translate one name; what stands between two stars is found once and kept (atomic groups)."""
    if not tokens:
        raise InvalidInput("it holds an empty name")
    pieces = [""]
    for token in tokens:
        if token["plain"] == "*":
            pieces.append("")
        else:
            pieces[-1] += _one_character(token)
    first, *others = pieces
    if others:
        *middle, last = others
        first += "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last
    return re.compile(first, re.DOTALL)


def _one_character(token: re.Match[str]) -> str:
    match token["plain"]:
        case None if token["escaped"] is None:
            return _bracket(token["negation"], token["members"])
        case "?":
            return "."
        case "[":
            raise InvalidInput(f"{token.string[:80]!r} opens a bracket that it does not close")
        case "\\":
            raise InvalidInput(f"{token.string[:80]!r} ends with a backslash")
        case plain:
            return re.escape(plain or token["escaped"])


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
