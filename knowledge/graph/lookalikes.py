"""Names that may be one entity though nobody says so: typos, turned names, near meanings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.graph.model import Link, LinkKind

CERTAIN: Final = 0.9
"""The confidence from which the machine joins names by itself; below, people are asked."""

WORTH_ASKING: Final = 0.5

_SHORTEST: Final = 8
_LARGEST_BLOCK: Final = 50
_FREQUENT: Final = 3
_SHORT_WORD: Final = 3
"""Letters of a word in which every letter counts: numerals, initials, "new" beside "now"."""

_NEAR_MEANING: Final = 0.88
_DIGITS: Final = re.compile(r"\d+")
_WORD: Final = re.compile(r"[^\W_]+")

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Embeds names: unit vectors, float32 of shape (names, dimensions)."""


@dataclass(frozen=True, slots=True)
class Called:
    """An entity's most used name, and what it looks like."""

    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Use:
    """Where an entity is named (any names of documents), and what it co-occurs with."""

    documents: frozenset[str] = frozenset()
    company: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two skeletons that are alike in spelling or meaning, and how sure that alone makes it."""

    first: str
    second: str
    kind: LinkKind
    alike: float


def candidates(names: Mapping[str, Called], embed: Embed | None = None) -> list[Candidate]:
    """Find pairs worth a look.

    Args:
        names: of the entities that are not one yet, by skeleton.
        embed: lets names that mean the same be found among those that share a word; without it
            only spellings are compared.
    """
    found: dict[tuple[str, str], Candidate] = {}
    for first, second in _spelling_pairs(names):
        if alike := _alike((first, names[first].label), (second, names[second].label)):
            found[first, second] = Candidate(first, second, LinkKind.TYPO, alike)
    if embed is not None:
        for pair, alike in _near_meanings(names, embed):
            found.setdefault(pair, Candidate(*pair, LinkKind.MEANING, alike))
    return list(found.values())


def weigh(pairs: Iterable[Candidate], uses: Mapping[str, Use]) -> list[Link]:
    """Move each pair's confidence with the company that its names keep, the surest first.

    Names of one thing have neighbours in common, and seldom stand in one document. Those from
    `CERTAIN` on may be joined.
    """
    links = [
        Link(
            pair.first,
            pair.second,
            pair.kind,
            _weighed(pair.alike, uses.get(pair.first, Use()), uses.get(pair.second, Use())),
        )
        for pair in pairs
    ]
    worth = [link for link in links if link.confidence >= WORTH_ASKING]
    return sorted(worth, key=lambda link: (-link.confidence, link.first, link.second))


def _spelling_pairs(names: Mapping[str, Called]) -> Iterable[tuple[str, str]]:
    """Pair names that share one half (an edit leaves the other half as it is), or all words."""
    blocks: dict[tuple[str, str], set[str]] = defaultdict(set)
    for skeleton, called in names.items():
        words = sorted(_WORD.findall(called.label.casefold()))
        if len(words) > 1:
            blocks["words", " ".join(words)].add(skeleton)
        if len(skeleton) < _SHORTEST:
            continue
        for half in {len(skeleton) // 2, (len(skeleton) + 1) // 2}:
            blocks["head", skeleton[:half]].add(skeleton)
            blocks["tail", skeleton[-half:]].add(skeleton)
    return _pairs(blocks.values())


def _pairs(blocks: Iterable[set[str]]) -> list[tuple[str, str]]:
    pairs = {
        pair
        for block in blocks
        if 1 < len(block) <= _LARGEST_BLOCK
        for pair in combinations(sorted(block), 2)
    }
    return sorted(pairs)


def _alike(one: tuple[str, str], other: tuple[str, str]) -> float:
    """Answer how sure the spelling alone makes it; 0 where it tells nothing.

    Args:
        one, other: skeleton and label.
    """
    from rapidfuzz.distance import OSA

    labels = (one[1], other[1])
    if _DIGITS.findall(labels[0]) != _DIGITS.findall(labels[1]):
        return 0.0
    spelled = [_WORD.findall(label.casefold()) for label in labels]
    words = [sorted(each) for each in spelled]
    if words[0] == words[1] and len(words[0]) > 1:
        return 0.85 if "," in "".join(labels) else 0.6
    if _tell_apart(*spelled):
        return 0.0
    edits = OSA.distance(one[0], other[0], score_cutoff=1)
    if edits > 1 or one[0][0] != other[0][0]:
        return 0.0
    return min(0.75, 0.45 + 0.02 * len(one[0]))


def _tell_apart(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether what differs is no slip: a short word ("World War I", "II") or an ending."""
    if len(one) != len(other):
        return min(map(len, (*one, *other))) <= _SHORT_WORD
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return any(min(len(a), len(b)) <= _SHORT_WORD or _ending(a, b) for a, b in differing)


def _ending(one: str, other: str) -> bool:
    """Tell whether a word has an ending more ("Asian"), which is no letter that was doubled."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and long[len(short) :] != short[-1]


def _weighed(alike: float, one: Use, other: Use) -> float:
    shared = len(one.company & other.company)
    fewest = min(len(one.documents), len(other.documents))
    most = max(len(one.documents), len(other.documents))
    weight = alike + min(0.2, 0.1 * shared)
    if fewest < _FREQUENT <= most:
        weight += 0.1
    if fewest >= _FREQUENT:
        weight -= 0.15
    if one.documents & other.documents:
        weight -= 0.25
    return round(min(1.0, max(0.0, weight)), 3)


def _near_meanings(
    called: Mapping[str, Called], embed: Embed
) -> Iterable[tuple[tuple[str, str], float]]:
    """Compare the vectors of names that share a telling word and look like the same kind."""
    blocks: dict[tuple[str, str], set[str]] = defaultdict(set)
    for skeleton, name in called.items():
        for word in set(_WORD.findall(name.label.casefold())):
            if len(word) > 3:
                blocks[name.kind, word].add(skeleton)
    pairs = [
        (first, second)
        for first, second in _pairs(blocks.values())
        if _DIGITS.findall(called[first].label) == _DIGITS.findall(called[second].label)
    ]
    names = sorted({name for pair in pairs for name in pair})
    if not names:
        return
    place = {name: index for index, name in enumerate(names)}
    vectors = embed([called[name].label for name in names])
    for first, second in pairs:
        near = float(vectors[place[first]] @ vectors[place[second]])
        if near >= _NEAR_MEANING:
            yield (first, second), 0.4 + (near - _NEAR_MEANING) / (1 - _NEAR_MEANING) * 0.35
