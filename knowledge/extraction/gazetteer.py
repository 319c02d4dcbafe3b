"""Finds names that are known already in running text, however they are capitalised there."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import zip_longest
from typing import Final, NamedTuple

from foundation.patterns import deferred
from knowledge.extraction.english import FUNCTION, is_common

_CHARACTERS: Final = "ぁ-ゖァ-ヺー々〇㐀-䶿一-鿿가-힣ｦ-ﾟ"
_CJK: Final = deferred(f"[{_CHARACTERS}・]+")
_ASCII_WORD: Final = deferred("[A-Za-z0-9]+")
_WORD: Final = deferred(f"[{_CHARACTERS}]|[^\\W_{_CHARACTERS}]+")
_KATAKANA: Final = deferred("[ァ-ヺーｦ-ﾟ]")
_KANJI: Final = deferred("[々〇㐀-䶿一-鿿]")
_PLAIN: Final = deferred("[ぁ-ゖァ-ヺー々〇㐀-䶿一-鿿]")
_APART: Final = deferred(r"[\n][^\S\n]*\n|[.!?;。！？、，|]\s|[。！？、，|\0]")
_WIDEST_GAP: Final = 3
_LONG_WORD: Final = 8
_LONG_CJK: Final = 3
_MARKS: Final = deferred("[\u0300-\u036f]")


class Found(NamedTuple):
    """A known name in a text: `text[start:end]` spells it."""

    name_id: int
    start: int
    end: int


class Entry(NamedTuple):
    """A name under its words.

    `cased` if it counts only as it is written; then `lead` signs stand before its first word.
    """

    name_id: int
    surface: str
    cased: bool
    lead: int


def eligible(surface: str) -> bool:
    """Tell whether a name is specific enough to be found in lower case too.

    Two words or more beside articles and the like; one of eight letters or more that is no common
    word; three characters of Japanese or Chinese.
    """
    if _CJK.fullmatch(surface):
        return len(surface.replace("・", "")) >= _LONG_CJK
    words = [word for word in surface.lower().split() if word not in FUNCTION]
    if len(words) != 1:
        return " " in surface
    return len(words[0]) >= _LONG_WORD and not is_common(words[0])


def _matchable(surface: str) -> bool:
    """Tell whether a name can be found in prose at all: numbers and "is" cannot."""
    if not any(map(str.isalpha, surface)):
        return False
    lower = surface.lower()
    if lower == surface and is_common(lower):
        return False
    return lower not in FUNCTION or (len(surface) > 1 and surface.isupper())


class Gazetteer:
    """Known names by their words: the longest match first, none overlapping another.

    Words are compared without case and diacritics, whatever punctuation stands between them, but
    never across the end of a sentence. A name that is not `eligible` ("Queen", "ref()") is found
    only as it is written; numbers and function words are found nowhere. Japanese names are found
    at any character, unless katakana goes on at their edge, or kanji around a name of two.
    """

    def __init__(self, names: Iterable[tuple[int, str]] = ()) -> None:
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._followers: dict[str, dict[str, tuple[int, ...]]] = {}
        self._surfaces: dict[str, int] = {}
        for name_id, surface in names:
            self.add(name_id, surface)

    def __len__(self) -> int:
        return len(self._surfaces)

    def knows(self, surface: str) -> bool:
        """Tell whether this very surface was added."""
        return surface in self._surfaces

    def add(self, name_id: int, surface: str) -> None:
        """Know a name from now on."""
        self._surfaces[surface] = name_id
        words = _words(surface)
        if not words or not _matchable(surface) or (len(words) == 1 and _CJK.fullmatch(words[0])):
            return
        key = " ".join(words)
        first = _WORD.search(surface)
        lead = first.start() if first else 0
        kept = [known for known in self._entries.get(key, ()) if known.surface != surface]
        self._entries[key] = (*kept, Entry(name_id, surface, not eligible(surface), lead))
        if len(words) > 1:
            followers = self._followers.setdefault(words[0], {})
            lengths = {*followers.get(words[1], ()), len(words)}
            followers[words[1]] = tuple(sorted(lengths, reverse=True))

    def remove(self, surface: str) -> None:
        """Forget a name; nothing happens if it is not known."""
        if self._surfaces.pop(surface, None) is None:
            return
        key = " ".join(_words(surface))
        kept = tuple(entry for entry in self._entries.get(key, ()) if entry.surface != surface)
        if kept:
            self._entries[key] = kept
        else:
            self._entries.pop(key, None)

    def find(self, text: str) -> list[Found]:
        """Find the names in a text, from left to right."""
        words = _words(text)
        candidates = self._candidates(words)
        if not candidates:
            return []
        ascii_only = text.isascii()
        spans = [word.span() for word in (_ASCII_WORD if ascii_only else _WORD).finditer(text)]
        found: list[Found] = []
        done = 0
        for place, length, entries in candidates:
            if place < done:
                continue
            start, end = spans[place][0], spans[place + length - 1][1]
            entry = _choose(entries, text, start)
            if entry is None or (length > 1 and not _holds(text, spans, place, length, entry)):
                continue
            if ascii_only or not _goes_on(text, start, end):
                found.append(Found(entry.name_id, start, end))
                done = place + length
        return found

    def every(self, text: str) -> list[Found]:
        """Find all eligible names whose words stand in a text, also within one another.

        So what is found of a name does not depend on which others are known.
        """
        candidates = self._candidates(_words(text))
        if not candidates:
            return []
        ascii_only = text.isascii()
        spans = [word.span() for word in (_ASCII_WORD if ascii_only else _WORD).finditer(text)]
        found: list[Found] = []
        for place, length, entries in candidates:
            start, end = spans[place][0], spans[place + length - 1][1]
            if not ascii_only and _goes_on(text, start, end):
                continue
            found += [
                Found(entry.name_id, start, end)
                for entry in entries
                if not entry.cased and (length == 1 or _holds(text, spans, place, length, entry))
            ]
        return found

    def _candidates(self, words: list[str]) -> list[tuple[int, int, tuple[Entry, ...]]]:
        """List (place, number of words, names) of all that may be one, the longest first."""
        followers, entries = self._followers, self._entries
        found: list[tuple[int, int, tuple[Entry, ...]]] = []
        for place, (word, following) in enumerate(zip_longest(words, words[1:], fillvalue="")):
            if word in followers and following in followers[word]:
                found.extend(
                    (place, length, names)
                    for length in followers[word][following]
                    if place + length <= len(words)
                    and (names := entries.get(" ".join(words[place : place + length])))
                )
            if word in entries:
                found.append((place, 1, entries[word]))
        return found


def _choose(entries: tuple[Entry, ...], text: str, start: int) -> Entry | None:
    """Choose among names that share their words: the one so written, else the first at all."""
    other = None
    for entry in entries:
        if start >= entry.lead and text.startswith(entry.surface, start - entry.lead):
            return entry
        if other is None and not entry.cased:
            other = entry
    return other


def _holds(text: str, spans: list[tuple[int, int]], place: int, length: int, entry: Entry) -> bool:
    """Tell whether words that follow each other are one name and not the end of a sentence."""
    for at in range(place, place + length - 1):
        left, right = spans[at][1], spans[at + 1][0]
        if right - left > 1:
            gap = text[left:right]
            if len(gap.strip()) > _WIDEST_GAP:
                return False
            if _APART.search(gap) and _normal(gap) not in entry.surface:
                return False
    return True


def _normal(gap: str) -> str:
    return " ".join(gap.split()) if gap.strip() == gap else f"{gap.strip()} "


def _goes_on(text: str, start: int, end: int) -> bool:
    """Tell whether a character beside a name belongs to the same Japanese word."""
    for edge, beside in ((start, start - 1), (end - 1, end)):
        if not 0 <= beside < len(text):
            continue
        if _KATAKANA.match(text[edge]):
            if _KATAKANA.match(text[beside]):
                return True
        elif end - start <= 2 and _KANJI.match(text[edge]) and _KANJI.match(text[beside]):
            return True
    return False


def _words(text: str) -> list[str]:
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return [
        word.lower() if word.isascii() else word if _PLAIN.fullmatch(word) else _fold(word)
        for word in _WORD.findall(text)
    ]


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word).casefold()
    return unicodedata.normalize("NFKC", _MARKS.sub("", decomposed))
