"""Finds Japanese names and terms: katakana words, kanji compounds, and what mixes them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from foundation.patterns import deferred
from knowledge.extraction.identifiers import Piece
from knowledge.extraction.japanese_words import LEADING, TRAILING, VAGUE
from knowledge.extraction.model import NameKind

if TYPE_CHECKING:
    from sudachipy import Dictionary, Tokenizer  # type: ignore[import-untyped]  # has no types

JAPANESE: Final = deferred("[ぁ-ゖァ-ヺー々〇一-鿿]")

_MOST_BYTES: Final = 12_000
"""Longer sentences are read in parts: the tokenizer takes 49,149 bytes."""


_PERSON, _PLACE, _PROPER_NAME, _NOUN, _ACT = 1, 2, 4, 8, 16
_ADVERBIAL, _PREFIX, _SUFFIX, _DOT, _SPACE, _OTHER = 32, 64, 128, 256, 512, 1024
"""What a token can be within a compound: plain bits, since every token is looked at."""

_PROPER: Final = _PERSON | _PLACE | _PROPER_NAME
_NOUNS: Final = _PROPER | _NOUN | _ACT | _ADVERBIAL | _PREFIX | _SUFFIX
_NOT_FIRST: Final = _ADVERBIAL | _SUFFIX | _SPACE
_NOT_LAST: Final = _ADVERBIAL | _PREFIX | _SPACE


class Token(NamedTuple):
    """A word of the text; `start` counts characters."""

    surface: str
    start: int
    word: int


_KATAKANA: Final = deferred("[ァ-ヺー・ｦ-ﾟ]+")
_LATIN: Final = deferred(r"[A-Za-z0-9.+#_-]+")
_TERM: Final = deferred(
    "[一-鿿々]{2}|[ァ-ヺー]{2}|[一-鿿々][ぁ-ゖ]+[一-鿿]"
    "|[一-鿿々ァ-ヺー][A-Za-z0-9]|[A-Za-z0-9] ?[一-鿿ァ-ヺ]"
)
_SHORTEST_KATAKANA: Final = 3
_LONGEST: Final = 24

_PLACES: Final = deferred(
    ".{2,}(?:[都道府県市区町村郡州国島山川湖駅港湾]|半島|海峡|平野|盆地|諸島|列島)"
)
_ORGANISATIONS: Final = deferred(
    ".{2,}(?:大学|高校|学校|会社|企業|協会|委員会|[党省庁局社軍]|銀行|学会|財団|機構|連盟|連合|研究所|裁判所|内閣|議会|球団)"
)


def find_terms(text: str, sentences: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """Find the names and terms of a text's Japanese sentences.

    A term is a run of nouns: what carries only grammar, numbers with their counters and frequent
    nouns that stand alone are none. The tokenizer's dictionary tells persons and places.
    """
    tokenizer: Tokenizer | None = None
    for start, end in sentences:
        if not JAPANESE.search(text, start, end):
            continue
        tokenizer = tokenizer or _dictionary().create()
        for begin in range(start, end, _MOST_BYTES // 4):
            part = text[begin : min(end, begin + _MOST_BYTES // 4)]
            for run in _runs(tokenizer, part):
                if piece := _term(run, begin):
                    yield piece


@functools.cache
def _dictionary() -> Dictionary:
    """Load the dictionary once: it takes 50 ms and is mapped from a file."""
    from sudachipy import Dictionary

    return Dictionary(dict="core")


@functools.cache
def _word(part_of_speech: int) -> int:
    major, minor, detail, *_ = _dictionary().pos_of(part_of_speech)
    if major == "名詞":
        if minor == "固有名詞":
            return {"人名": _PERSON, "地名": _PLACE}.get(detail, _PROPER_NAME)
        if minor == "数詞":
            return _OTHER
        acts = {"サ変可能": _ACT, "サ変形状詞可能": _ACT, "形状詞可能": _ACT}
        return {**acts, "副詞可能": _ADVERBIAL}.get(detail, _NOUN)
    if major == "形状詞":
        return _ACT if minor == "一般" else _OTHER
    if major == "接尾辞":
        return _SUFFIX if minor == "名詞的" else _OTHER
    return {"接頭辞": _PREFIX, "空白": _SPACE}.get(major, _OTHER)


def _runs(tokenizer: Tokenizer, text: str) -> Iterator[list[Token]]:
    """Yield runs of nouns, joined by a middle dot, or by a space beside a Latin word."""
    run: list[Token] = []
    joint: Token | None = None
    for morpheme in tokenizer.tokenize(text.encode("utf-8", "replace").decode()):
        word = _word(morpheme.part_of_speech_id())
        if word == _OTHER and not run:
            continue
        surface = morpheme.surface()
        token = Token(surface, morpheme.begin(), word)
        if word & _NOUNS and surface[0] not in "\0・":
            if joint and not _joins(run[-1], joint, token):
                yield run
                run = []
            elif joint:
                run.append(joint)
            run.append(token)
            joint = None
        elif surface in {"・", " "} and run and not joint:
            joint = Token(surface, token.start, _DOT if surface == "・" else _SPACE)
        elif run:
            yield run
            run, joint = [], None
    if run:
        yield run


def _joins(left: Token, joint: Token, right: Token) -> bool:
    if joint.word == _DOT:
        return all(_KATAKANA.fullmatch(token.surface) for token in (left, right))
    return bool(_LATIN.fullmatch(left.surface)) != bool(_LATIN.fullmatch(right.surface))


def _term(run: list[Token], offset: int) -> Piece | None:
    """Trim a run and judge it."""
    first, last = 0, len(run) - 1
    while first <= last and (run[first].word & _NOT_FIRST or run[first].surface in LEADING):
        first += 1
    while last >= first and (run[last].word & _NOT_LAST or run[last].surface in TRAILING):
        last -= 1
    if last < first or run[last].surface == "的":
        return None
    surface = "".join([token.surface for token in run[first : last + 1]])
    word = run[first].word
    if not 2 <= len(surface) <= _LONGEST or surface in VAGUE:
        return None
    if not (word & _PROPER or _TERM.search(surface)):
        return None
    if first == last and not word & _PROPER:
        if _KATAKANA.fullmatch(surface):
            if len(surface) < _SHORTEST_KATAKANA:
                return None
        elif word != _NOUN:
            return None
    start = offset + run[first].start
    return Piece(start, start + len(surface), _kind(run[first : last + 1], surface))


def _kind(run: list[Token], surface: str) -> NameKind:
    words = 0
    for token in run:
        words |= token.word
    words &= ~_DOT
    if words == _PERSON:
        return NameKind.PERSON
    if words & _PROPER and _ORGANISATIONS.fullmatch(surface):
        return NameKind.ORGANISATION
    if words == _PLACE or (words & _PLACE and _PLACES.fullmatch(surface)):
        return NameKind.PLACE
    return NameKind.NAME if words == _PROPER_NAME else NameKind.TERM
