"""Instructions for language models that hide in text: found, so that they are never obeyed unseen.

What is flagged is a suspicion. Documents about such attacks quote them, and some scripts need
characters that take no room; so a flag alone refuses nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from foundation.patterns import deferred
from foundation.security.injection.commands import COMMANDS
from foundation.security.redaction.folding import Folded, fold


class Trick(StrEnum):
    """How an instruction hides, or what it wants."""

    INVISIBLE = "invisible"
    BIDI = "bidi"
    DELIMITER = "delimiter"
    OVERRIDE = "override"
    EXFILTRATION = "exfiltration"
    BEACON = "beacon"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One place that looks like an instruction for a model; offsets are of the text as given."""

    kind: Trick
    start: int
    end: int
    reason: str


_Found = tuple[Trick, tuple[int, int], str]

_FLAG: Final = "\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
"""Scotland's flag and such: the only use of tag characters."""

_TAGS: Final = deferred(f"{_FLAG}|([\U000e0000-\U000e007f]+)")
_SELECTORS: Final = deferred("[\U000e0100-\U000e01ef\ufe00-\ufe0f]{3,}")
_ZERO: Final = "\u200b-\u200f\u2060-\u2064\u180e\ufeff\u00ad"
_RUNS: Final = deferred(f"[{_ZERO}]{{4,}}")
_WORD_SPLIT: Final = deferred(
    r"[A-Za-z]{1,20}(?:[\u200b\u200c\u200d\u2060-\u2064\ufeff]{1,3}[A-Za-z]{1,20}){2,40}+"
)
_OVERRIDES: Final = deferred("[\u202d\u202e][^\u202c\n]{0,400}\u202c?")
_ISOLATES: Final = deferred("[\u202a\u202b\u2066-\u2068]")
_RIGHT_TO_LEFT: Final = deferred("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")

_DELIMITERS: Final = deferred(
    r"<\|[a-z_]{2,30}\|>|<\|(?:system|user|assistant|end)|</?(?:start|end)_of_turn>|<</?SYS>>"
    r"|\[/?(?:INST|SYSTEM|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS)\]"
    r"|</?(?:system|system[-_]prompt|instructions|assistant)>"
    r"|^[ \t]{0,3}#{2,6}[ \t]{0,3}(?:system|instructions?|assistant|human|user|response)[ \t]{0,3}:"
    r"|^[ \t]{0,3}(?:system|assistant|システム|アシスタント)(?:[ \t]{1,2}(?:prompt|message))?"
    r"[ \t]{0,2}:[ \t]{0,3}"
    r"(?=you\b|ignore|forget|disregard|new\b|override|do\b|from\snow|あなた|以前|これ)"
    r"|\n\n(?:Human|Assistant): "
    r"|^[-=]{3,20}[ \t]{0,3}(?:begin|end|start)[ \t]{1,3}(?:of[ \t])?"
    r"(?:system|hidden|new|user)[ \t](?:prompt|instructions?|message)",
    re.IGNORECASE | re.MULTILINE,
)
_IMAGES: Final = deferred(
    r"!\[[^\]\n]{0,300}\]\(\s{0,2}(https?://[^\s)]{1,2000})"
    r"|<img\b[^>\n]{0,300}?\bsrc\s?=\s?[\"']?(https?://[^\s\"'>]{1,2000})",
    re.IGNORECASE,
)
_LEAKS: Final = deferred(
    r"[?&/=](?:[^\s?&]{0,40}=)?(?:\{+[^}\s]{1,80}\}+|\[[A-Z_ ]{3,60}\]?|<[a-z_ ]{3,60}>"
    r"|%7B[^&]{1,80}%7D|\$\{[^}]{1,80}\})"
    r"|[?&](?:data|leak|exfil|secret|context|prompt|conversation|history|chat|stolen|payload|q|d|c"
    r"|msg|content|summary)=(?:[A-Za-z0-9+/_=-]{40,}|[A-Z_]{4,}(?:&|$)|$)",
    re.IGNORECASE,
)


def suspicions(text: str) -> list[Suspicion]:
    """Find what looks like an instruction that was hidden for a model, in order of place.

    Time grows with the length of the text and no faster. Words are read without the characters
    that cannot be seen, at any width.
    """
    found = [*_unseen(text), *_beacons(text)]
    folded = fold(text)
    found += _of_words(folded)
    return sorted(
        {Suspicion(kind, *span, reason) for kind, span, reason in found},
        key=lambda each: (each.start, each.end, each.kind),
    )


def tricks(found: Iterable[Suspicion]) -> Counter[str]:
    """Count suspicions by kind."""
    return Counter(each.kind.value for each in found)


def _unseen(text: str) -> Iterator[_Found]:
    if text.isascii():
        return
    for found in _TAGS.finditer(text):
        if found[1]:
            yield Trick.INVISIBLE, found.span(), "tag characters, which show nothing"
    for pattern, reason in (
        (_SELECTORS, "a run of variation selectors"),
        (_RUNS, "a run of characters without width"),
        (_WORD_SPLIT, "a word in pieces, with characters without width between them"),
    ):
        for found in pattern.finditer(text):
            yield Trick.INVISIBLE, found.span(), reason
    for found in _OVERRIDES.finditer(text):
        yield Trick.BIDI, found.span(), "an order of writing that is forced"
    if _ISOLATES.search(text) and not _RIGHT_TO_LEFT.search(text):
        for found in _ISOLATES.finditer(text):
            yield (
                Trick.BIDI,
                found.span(),
                "a change of direction where nothing runs from the right",
            )


def _beacons(text: str) -> Iterator[_Found]:
    for found in _IMAGES.finditer(text):
        address = found[1] or found[2]
        if _LEAKS.search(address):
            yield Trick.BEACON, found.span(), "an image whose address would carry data away"


def _of_words(folded: Folded) -> Iterator[_Found]:
    text = folded.text
    for found in _DELIMITERS.finditer(text):
        yield Trick.DELIMITER, folded.span(*found.span()), "a mark that parts turns of a chat"
    lowered = text.lower()
    for command in COMMANDS:
        if any(hint in lowered for hint in command.hints):
            for found in command.pattern.finditer(text):
                yield Trick(command.kind), folded.span(*found.span()), command.reason
