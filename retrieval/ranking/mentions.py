"""Which of a question's words stand in a passage, and how many of them in one sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from knowledge.language import CJK_RUN
from retrieval.ranking.compiled import Kernel, compiled

MOST_TERMS: Final = 60
"""So that a set of terms is the bits of one number; of more, the rarest are looked for."""

_BMP: Final = 0x10000
_OTHER, _WORD, _CJK, _END, _STOP, _SPACE = range(6)
"""Kinds of characters; what lies beyond the basic plane is read as `_OTHER`."""

_LATIN: Final = 0x250
_MORE: Final = 4
"""Letters that a word may have beyond its stem: enough for most English endings."""

_SHORT: Final = 3


@dataclass(frozen=True, slots=True)
class Telling:
    """The t words of a question that tell passages apart.

    Attributes:
        terms: stems of words, or characters and pairs of characters of scripts without spaces.
        grams: which of them are characters, shape (t,).
        weights: inverse document frequencies, shape (t,).
    """

    terms: Sequence[str]
    grams: NDArray[np.bool_]
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mentions:
    """What n passages have of a question's t words.

    Attributes:
        holds: whether a passage or its title has a word, shape (n, t).
        weights: of the words, shape (t,); they add up to 1 (or 0 where there are none).
        sentence: share of them in the best sentence of each passage, shape (n,).
        two: share of them in its best two sentences that follow each other, shape (n,).
    """

    holds: NDArray[np.float64]
    weights: NDArray[np.float64]
    sentence: NDArray[np.float64]
    two: NDArray[np.float64]


def telling(
    words: Sequence[str], grams: Sequence[str], held: Mapping[str, int], total: int
) -> Telling:
    """Weigh the terms of a question, each once; of very many the rarest are taken.

    Args:
        words, grams: stems, and characters with pairs of them.
        held: passages that have each of them.
        total: passages.
    """
    plain = [word for word in dict.fromkeys(words) if word.isalnum()]
    terms = [*plain, *dict.fromkeys(grams)]
    counts = np.array([held.get(term, 0) for term in terms], np.float64)
    weights = np.log1p((total - counts + 0.5) / (counts + 0.5))
    kept = np.sort(np.argsort(-weights, kind="stable")[:MOST_TERMS])
    return Telling([terms[i] for i in kept], kept >= len(plain), weights[kept])


def mentions(asked: Telling, passages: Sequence[tuple[str, str]]) -> Mentions:
    """Look for a question's words in passages: pairs of a title and a text.

    A word is found by its stem, with a few letters more: an index tells more exactly which words
    are one, but not in which sentence of a passage they stand.
    """
    count = len(passages)
    total = float(asked.weights.sum())
    weights = asked.weights / total if total > 0.0 else asked.weights
    codes, ends = _coded([title for title, _ in passages] + [text for _, text in passages])
    if asked.terms:
        sentences, owners = _sentences(asked, codes, ends)
    else:
        sentences = owners = np.empty(0, np.int64)
    after = np.r_[False, owners[1:] == owners[:-1]][: len(owners)]
    both = sentences | np.where(after, np.r_[0, sentences[:-1]][: len(owners)], 0)
    masks = np.zeros(2 * count, np.int64)
    np.bitwise_or.at(masks, owners, sentences)
    holds = _bits(masks[:count] | masks[count:], weights).astype(np.float64)
    return Mentions(
        holds,
        weights,
        _most(_bits(sentences, weights) @ weights, owners, count),
        _most(_bits(both, weights) @ weights, owners, count),
    )


def _bits(masks: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Spread sets of terms over columns: shape (n, t)."""
    bits: NDArray[np.int64] = (masks[:, None] >> np.arange(len(weights))) & 1
    return bits


def _most(
    shares: NDArray[np.float64], owners: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    """Answer the best share of each text: those of titles come first, and are left out."""
    best = np.zeros(2 * count, np.float64)
    np.maximum.at(best, owners, shares)
    return best[count:]


def _sentences(
    asked: Telling, codes: NDArray[np.uint16], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Answer which terms each sentence has, as the bits of a number, and whose it is."""
    kinds = _kinds()[codes]
    most = int(np.count_nonzero((kinds == _END) | (kinds == _STOP))) + len(ends)
    sentences, owners = np.zeros(most, np.int64), np.zeros(most, np.int64)
    found = _scan()(codes, kinds, ends, _sought(asked), sentences, owners)
    return sentences[:found], owners[:found]


def _coded(texts: Sequence[str]) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Write texts as one array of UTF-16, lower case, without accents, with their ends."""
    plain = [_plain(text).encode("utf-16-le", "surrogatepass") for text in texts]
    ends = np.cumsum([len(text) // 2 for text in plain], dtype=np.int64)
    return _folded()[np.frombuffer(b"".join(plain), np.uint16)], ends


def _plain(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _sought(asked: Telling) -> tuple[NDArray[Any], ...]:
    """Put the terms into arrays: a list of those that begin alike for each first character."""
    stems = [_beginning(t) if not g else t for t, g in zip(asked.terms, asked.grams, strict=True)]
    letters, ends = _coded(stems)
    starts = np.r_[0, ends[:-1]]
    heads = np.full(_BMP, -1, np.int16)
    following = np.full(len(stems), -1, np.int16)
    for number, start in enumerate(starts.tolist()):
        first = int(letters[start])
        following[number], heads[first] = heads[first], number
    more = np.array([_more(term) for term in asked.terms], np.int64)
    return heads, following, letters, starts, ends - starts, np.where(asked.grams, -1, more)


def _beginning(stem: str) -> str:
    """Answer what the words of a stem have in common: of "happi" it is "happ"."""
    return stem[:-1] if len(stem) > _SHORT and stem.endswith("i") else stem


def _more(term: str) -> int:
    if any(char.isdigit() for char in term):
        return 0
    return 1 if len(term) <= _SHORT else _MORE + int(term.endswith("i"))


@cache
def _kinds() -> NDArray[np.int8]:
    """Tell for each character of the basic plane what it is to a reader of words."""
    every = "".join(map(chr, range(_BMP)))
    kinds = np.array([_kind(char) for char in every], np.int8)
    for run in CJK_RUN.finditer(every):
        kinds[run.start() : run.end()] = _CJK
    return kinds


def _kind(char: str) -> int:
    if char.isalnum():
        return _WORD
    if char in "\n。！？":
        return _END
    if char in ".!?":
        return _STOP
    return _SPACE if char.isspace() else _OTHER


@cache
def _folded() -> NDArray[np.uint16]:
    """Map each letter of the basic plane to its lower case, those of Latin without accents."""
    table = np.arange(_BMP, dtype=np.uint16)
    for code, lower in enumerate(map(str.lower, map(chr, range(_BMP)))):
        plain = unicodedata.normalize("NFKD", lower)[0] if code < _LATIN else lower
        letter = plain if plain.isascii() else lower
        if len(letter) == 1:
            table[code] = ord(letter)
    return table


@cache
def _scan() -> Kernel:
    return compiled(_look)


def _look(
    codes: NDArray[np.uint16],
    kinds: NDArray[np.int8],
    ends: NDArray[np.int64],
    sought: tuple[NDArray[Any], ...],
    sentences: NDArray[np.int64],
    owners: NDArray[np.int64],
) -> int:
    heads, following, letters, starts, lengths, more = sought
    at, count = 0, 0
    for number in range(ends.shape[0]):
        end, sentence = ends[number], 0
        while at < end:
            kind, after = kinds[at], at + 1
            while kind == _WORD and after < end and kinds[after] == _WORD:
                after += 1
            term = heads[codes[at]] if kind in (_WORD, _CJK) else -1
            while term >= 0:
                length = lengths[term]
                room = end - at if kind == _CJK else after - at
                fits = length <= room and (kind == _CJK) == (more[term] < 0)
                fits = fits and (kind == _CJK or room <= length + more[term])
                step = 0
                while fits and step < length:
                    fits = codes[at + step] == letters[starts[term] + step]
                    step += 1
                if fits:
                    sentence |= 1 << term
                term = following[term]
            stops = kind == _STOP and (after == end or kinds[after] == _SPACE)
            at = after
            if at == end or kind == _END or stops:
                sentences[count], owners[count], sentence = sentence, number, 0
                count += 1
    return count
