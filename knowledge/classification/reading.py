"""A document taken apart once, for all that looks at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from foundation.patterns import deferred
from knowledge.language import CJK_RUN

WHOLE: Final = 2_400
"""Characters up to which a text is read whole; of a longer one its beginning, middle and end."""

_LONGEST: Final = 300
_MOST_HEADINGS: Final = 40
_BEGINNING: Final = WHOLE // 2
_WORD: Final = deferred(r"[a-z\u00df-\u024f][a-z0-9\u00df-\u024f'_-]*")
_ASIAN: Final = deferred("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")  # fast, and enough
_HEADING: Final = deferred(r"#{1,6} +(.+)")
_BOLD: Final = deferred(r"(?:[-*+] )?\*\*([^*]{2,60})\*\*:?$")
_UNDERLINE: Final = deferred(r"([=\-~^*+])\1{3,}$")


@dataclass(frozen=True, slots=True)
class Reading:
    """A document's parts.

    Attributes:
        title: as it came, cut where it is far too long (headings too).
        text: the whole text, or samples of a long one.
        lines: those that are not blank, code blocks left out.
        prose: the text without its code blocks.
        lowered: title and prose in lower case.
        headings: given ones, those that Markdown or reStructuredText marks, and lines in bold.
        words: the Latin words of `lowered`, in order.
        counts: how often each of these occurs.
        cjk: characters of Japanese, Chinese or Korean in the prose.
        times: how many times longer the whole text is than what was read of it, 1 or more.
        fenced: share of the lines that stand in code blocks, 0 to 1.
    """

    title: str
    text: str
    lines: tuple[str, ...]
    prose: str
    lowered: str
    headings: tuple[str, ...]
    words: tuple[str, ...]
    counts: Counter[str]
    cjk: int
    times: float
    fenced: float

    @classmethod
    def of(cls, title: str, text: str, headings: Sequence[str] = ()) -> Self:
        """Take a document apart; `headings` are those that were found before."""
        sample, title = sampled(text), title[:_LONGEST]
        lines, fenced = _without_code(sample)
        prose = "\n".join(lines)
        lowered = f"{title}\n{prose}".lower()
        words = tuple(_WORD.findall(lowered))
        return cls(
            title=title,
            text=sample,
            lines=lines,
            prose=prose,
            lowered=lowered,
            headings=tuple(
                heading[:_LONGEST] for heading in [*_headings(lines), *headings][:_MOST_HEADINGS]
            ),
            words=words,
            counts=Counter(words),
            cjk=sum(map(len, CJK_RUN.findall(prose))) if _ASIAN.search(prose) else 0,
            times=len(text) / max(len(sample), 1),
            fenced=fenced,
        )

    @property
    def size(self) -> float:
        """Count its words; two characters of Japanese are one."""
        return len(self.words) + self.cjk / 2


def sampled(text: str) -> str:
    """Answer a text of at most `WHOLE` characters, cut between lines where there are any."""
    if len(text) <= WHOLE:
        return text
    part = (WHOLE - _BEGINNING) // 2
    middle = (len(text) - part) // 2
    parts = (text[:_BEGINNING], text[middle : middle + part], text[-part:])
    return "\n".join(
        piece[piece.find("\n", 0, 400) + 1 :] if at else piece for at, piece in enumerate(parts)
    )


def _without_code(text: str) -> tuple[tuple[str, ...], float]:
    """Split into lines that are not blank; answer the share of those in code blocks too."""
    outside: list[str] = []
    inside = 0
    fence = ""
    for line in text.splitlines():
        start = line.lstrip()[:3]
        if not start:
            continue
        if fence:
            inside += 1
            fence = "" if start == fence else fence
        elif start in ("```", "~~~"):
            fence = start
        else:
            outside.append(line)
    return tuple(outside), inside / max(inside + len(outside), 1)


def _headings(lines: tuple[str, ...]) -> list[str]:
    found = []
    above = ""
    for line in lines:
        if line[0] == "#" and (marked := _HEADING.match(line)):
            found.append(marked[1])
        elif line[0] in "=-~^*+" and len(above) < 100 and _UNDERLINE.match(line):
            found.append(above)
        elif line[-1] in "*:" and (marked := _BOLD.match(line)):
            found.append(marked[1])
        above = line
    return found
