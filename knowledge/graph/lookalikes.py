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
_NEAR_MEANING: Final = 0.88
_DIGITS: Final = re.compile(r"\d+")
_WORD: Final = re.compile(r"[^\W_]+")

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Embeds names: unit vectors, float32 of shape (names, dimensions)."""


@dataclass(frozen=True, slots=True)
class NameUse:
    """An entity as a candidate.

    Attributes:
        skeleton: of its most used name.
        label: that name.
        documents: where it is named (any hashable names of documents).
        company: what it co-occurs with.
    """

    skeleton: str
    label: str
    kind: str
    documents: frozenset[str]
    company: frozenset[str]


def lookalikes(uses: Iterable[NameUse], embed: Embed | None = None) -> list[Link]:
    """Find pairs worth a look, the surest first; those from `CERTAIN` on may be joined.

    A pair's confidence begins with how alike the names are, and moves with the company that they
    keep: names of one thing have neighbours in common, and seldom stand in one document.

    Args:
        uses: entities that are not one yet.
        embed: lets names that mean the same be found among those that share a word; without it
            only spellings are compared.
    """
    by_skeleton = {use.skeleton: use for use in sorted(uses, key=lambda use: use.skeleton)}
    found: dict[tuple[str, str], Link] = {}
    for first, second in _spelling_pairs(by_skeleton):
        alike = _alike(by_skeleton[first], by_skeleton[second])
        if alike:
            confidence = _weighed(alike, by_skeleton[first], by_skeleton[second])
            found[first, second] = Link(first, second, LinkKind.TYPO, confidence)
    if embed is not None:
        for pair, link in _meaning_links(by_skeleton, embed):
            found.setdefault(pair, link)
    worth = [link for link in found.values() if link.confidence >= WORTH_ASKING]
    return sorted(worth, key=lambda link: (-link.confidence, link.first, link.second))


def _spelling_pairs(uses: Mapping[str, NameUse]) -> Iterable[tuple[str, str]]:
    """Pair names that share one half (an edit leaves the other half as it is), or all words."""
    blocks: dict[tuple[str, str], set[str]] = defaultdict(set)
    for skeleton, use in uses.items():
        words = sorted(_WORD.findall(use.label.casefold()))
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


def _alike(one: NameUse, other: NameUse) -> float:
    """Answer how sure the spelling alone makes it; 0 where it tells nothing."""
    from rapidfuzz.distance import OSA

    if _DIGITS.findall(one.label) != _DIGITS.findall(other.label):
        return 0.0
    words = [sorted(_WORD.findall(use.label.casefold())) for use in (one, other)]
    if words[0] == words[1] and len(words[0]) > 1:
        return 0.85 if "," in one.label + other.label else 0.6
    edits = OSA.distance(one.skeleton, other.skeleton, score_cutoff=1)
    if edits > 1 or one.skeleton[0] != other.skeleton[0]:
        return 0.0
    return min(0.75, 0.45 + 0.02 * len(one.skeleton))


def _weighed(alike: float, one: NameUse, other: NameUse) -> float:
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


def _meaning_links(
    uses: Mapping[str, NameUse], embed: Embed
) -> Iterable[tuple[tuple[str, str], Link]]:
    """Compare the vectors of names that share a telling word and look like the same kind."""
    blocks: dict[tuple[str, str], set[str]] = defaultdict(set)
    for skeleton, use in uses.items():
        for word in set(_WORD.findall(use.label.casefold())):
            if len(word) > 3:
                blocks[use.kind, word].add(skeleton)
    pairs = [
        (first, second)
        for first, second in _pairs(blocks.values())
        if _DIGITS.findall(uses[first].label) == _DIGITS.findall(uses[second].label)
    ]
    names = sorted({name for pair in pairs for name in pair})
    if not names:
        return
    place = {name: index for index, name in enumerate(names)}
    vectors = embed([uses[name].label for name in names])
    for first, second in pairs:
        near = float(vectors[place[first]] @ vectors[place[second]])
        if near >= _NEAR_MEANING:
            alike = 0.4 + (near - _NEAR_MEANING) / (1 - _NEAR_MEANING) * 0.35
            confidence = _weighed(alike, uses[first], uses[second])
            yield (first, second), Link(first, second, LinkKind.MEANING, confidence)
