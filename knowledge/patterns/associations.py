"""Learns which entities and labels go together, and which of them tells of another."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.ids import ChunkId
from knowledge.patterns.gating import gate
from knowledge.patterns.model import Finding, Gate, PatternKind, held_back

_MOST_ITEMS: Final = 2000
_MOST_IN_BASKET: Final = 20
_LARGEST_SHARE: Final = 0.5
"""What more baskets than this have says nothing of any."""

_CHANCE: Final = 0.05
"""Chance that any rule at all is found where nothing goes together."""

_PROMISING: Final = 2.0
"""Standard deviations above chance at which a rule is tested; what chance explains needs none."""

_LEAST_GAIN: Final = 0.05
"""By so much a second condition has to raise the confidence."""

_MOST_FINDINGS: Final = 2000
_MOST_EVIDENCE: Final = 5

_Sides = tuple[tuple[str, ...], str]

Items = NDArray[np.int64]
"""Numbers of baskets, sorted, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Basket:
    """What goes together in a passage: labels of its entities, and of its document.

    Attributes:
        case: its document; the baskets of one count as one case.
        items: labels as they are shown ("kind: incident", "PostgreSQL").
    """

    case: str
    chunk_id: ChunkId
    items: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Rule:
    """Where all of `given` is, `then` is; with the chance that it is none (Fisher)."""

    given: tuple[str, ...]
    then: str
    chance: float
    confidence: float


def mine_associations(baskets: Sequence[Basket]) -> list[Finding]:
    """Find rules: one or two items, and another that comes with them more often than chance.

    Rules are looked for in the cases that are not held back (FP-Growth, then Fisher's exact test
    with Bonferroni's correction), judged on those that are, and told with the figures of all.
    Support counts cases that have all the items in one passage; how much of it, and how much
    confidence is asked for, depends on the number of baskets. Of two rules over the same two items
    the more confident one is kept; two conditions where one would not do as well.

    `data`: given (one or two items), then, cases (that have `given`), base (share of cases with
    `then`), chance (of the test). The gate: a forecast of `then` by the rule's confidence against
    one by its base rate, for each held-back case that has `given`.

    Source: Han, Pei & Yin, "Mining Frequent Patterns without Candidate Generation", SIGMOD 2000.
    """
    ordered = sorted(baskets, key=lambda each: (each.case, each.chunk_id, sorted(each.items)))
    rest = _Corpus([basket for basket in ordered if not held_back(basket.case)])
    held = _Corpus([basket for basket in ordered if held_back(basket.case)])
    every = _Corpus(ordered)
    rules = _without_redundant(rest, _rules(rest))
    rules.sort(key=lambda rule: (rule.chance, rule.given, rule.then))
    found: dict[str, Finding] = {}
    for rule in rules[:_MOST_FINDINGS]:
        finding = _finding(rule, every, _gate(rule, rest, held))
        found.setdefault(finding.key, finding)
    return list(found.values())


class _Corpus:
    """Baskets with the places of each item, and the cases that they belong to."""

    def __init__(self, baskets: Sequence[Basket]) -> None:
        self.baskets = baskets
        numbers: dict[str, int] = {}
        self._cases = np.array(
            [numbers.setdefault(basket.case, len(numbers)) for basket in baskets], np.int64
        )
        self.cases = len(numbers)
        self._counts: dict[frozenset[str], int] = {}
        places: dict[str, list[int]] = defaultdict(list)
        for place, basket in enumerate(baskets):
            for item in basket.items:
                places[item].append(place)
        self.places: Mapping[str, Items] = {
            item: np.array(places[item], np.int64) for item in sorted(places)
        }

    def having(self, items: Sequence[str]) -> Items:
        """Answer the baskets that have all of the items."""
        found = self.places.get(items[0], np.empty(0, np.int64))
        for item in items[1:]:
            others = self.places.get(item, np.empty(0, np.int64))
            found = np.intersect1d(found, others, assume_unique=True)
        return found

    def cases_of(self, baskets: Items) -> Items:
        """Answer the cases of baskets, each once."""
        return np.unique(self._cases[baskets])

    def count(self, *items: str) -> int:
        """Count the cases that have all of the items in one basket."""
        key = frozenset(items)
        if key not in self._counts:
            self._counts[key] = len(self.cases_of(self.having(items)))
        return self._counts[key]


def _least_support(baskets: int) -> int:
    return max(3, round(math.sqrt(baskets) / 10))


def _least_confidence(baskets: int) -> float:
    return max(0.2, 0.6 - 0.1 * math.log10(max(baskets, 1)))


def _candidates(corpus: _Corpus) -> tuple[list[_Sides], int]:
    """Find two or three items that often share a basket, and look promising as a rule.

    Returns:
        The rules' sides, and how many were looked at.
    """
    baskets = len(corpus.baskets)
    least = _least_support(baskets)
    most = max(least, _LARGEST_SHARE * baskets)
    sizes = {item: len(places) for item, places in corpus.places.items()}
    items = sorted(
        (item for item, size in sizes.items() if least <= size <= most),
        key=lambda item: (-sizes[item], item),
    )[:_MOST_ITEMS]
    if len(items) < 2:
        return [], 0
    import pandas as pd
    from mlxtend.frequent_patterns import (
        fpgrowth,
    )

    frame = pd.DataFrame.sparse.from_spmatrix(  # type: ignore[attr-defined] # the stubs lack it
        _incidence(corpus, items), columns=[str(number) for number in range(len(items))]
    )
    found = fpgrowth(frame, min_support=(least - 0.5) / baskets, max_len=3)
    shares = dict(zip(found["itemsets"], found["support"], strict=True))
    looked_at = [(sides, sides - {then}, then) for sides in shares for then in sides]
    looked_at = [each for each in looked_at if each[1]]
    promising = [
        (tuple(sorted(items[number] for number in given)), items[then])
        for sides, given, then in looked_at
        for expected in [shares[given] * shares[frozenset({then})] * baskets]
        if shares[sides] * baskets - expected >= _PROMISING * math.sqrt(expected)
    ]
    return sorted(promising), len(looked_at)


def _incidence(corpus: _Corpus, items: Sequence[str]) -> object:
    """Make the sparse boolean matrix (baskets, items); full baskets keep their rarest items."""
    from scipy.sparse import csr_matrix

    numbers = {item: number for number, item in enumerate(items)}
    rows: list[int] = []
    columns: list[int] = []
    for row, basket in enumerate(corpus.baskets):
        known = sorted(numbers[item] for item in basket.items if item in numbers)
        columns += known[-_MOST_IN_BASKET:]
        rows += [row] * min(len(known), _MOST_IN_BASKET)
    shape = len(corpus.baskets), len(items)
    return csr_matrix((np.ones(len(rows), np.bool_), (rows, columns)), shape=shape)


def _rules(corpus: _Corpus) -> list[_Rule]:
    """Keep the rules that chance does not explain, however many were looked at."""
    from scipy.stats import hypergeom

    least = _least_support(len(corpus.baskets))
    candidates, looked_at = _candidates(corpus)
    sides: list[_Sides] = []
    counts: list[tuple[int, int, int]] = []
    for given, then in candidates:
        together = corpus.count(*given, then)
        if together >= least:
            sides.append((given, then))
            counts.append((together, corpus.count(*given), corpus.count(then)))
    if not sides:
        return []
    both, given_counts, then_counts = np.array(counts).T
    chances = hypergeom.sf(both - 1, corpus.cases, given_counts, then_counts)
    confident = both / given_counts >= _least_confidence(len(corpus.baskets))
    kept = np.flatnonzero(confident & (chances <= _CHANCE / looked_at))
    return [_Rule(*sides[at], float(chances[at]), both[at] / given_counts[at]) for at in kept]


def _without_redundant(corpus: _Corpus, rules: Sequence[_Rule]) -> list[_Rule]:
    singles = {(rule.given[0], rule.then): rule for rule in rules if len(rule.given) == 1}
    return [
        rule
        for rule in rules
        if (
            _is_better_way_round(rule, singles.get((rule.then, rule.given[0])))
            if len(rule.given) == 1
            else _needs_both(corpus, rule)
        )
    ]


def _is_better_way_round(rule: _Rule, back: _Rule | None) -> bool:
    return back is None or (rule.confidence, back.given) > (back.confidence, rule.given)


def _needs_both(corpus: _Corpus, rule: _Rule) -> bool:
    """Tell whether each condition adds to the other more than chance would."""
    from scipy.special import bdtrc

    cases = corpus.count(*rule.given)
    together = round(rule.confidence * cases)
    alone = max(
        corpus.count(*one, rule.then) / corpus.count(*one) for one in combinations(rule.given, 1)
    )
    gains = rule.confidence >= alone + _LEAST_GAIN
    return gains and float(bdtrc(together - 1, cases, alone)) <= _CHANCE


def _gate(rule: _Rule, rest: _Corpus, held: _Corpus) -> Gate:
    """Compare forecasts by Brier's score: the squared distance to what was the case."""
    confidence = _share(rest.count(*rule.given, rule.then), rest.count(*rule.given))
    base = _share(rest.count(rule.then), rest.cases)
    cases = held.cases_of(held.having(rule.given))
    both = held.cases_of(held.having([*rule.given, rule.then]))
    came = np.isin(cases, both).astype(np.float64)
    ours, theirs = -((came - confidence) ** 2), -((came - base) ** 2)
    return gate("negative Brier score", ours.tolist(), theirs.tolist())


def _share(part: int, whole: int) -> float:
    """Estimate a probability; with Laplace's correction, as nothing is certain."""
    return (part + 1) / (whole + 2)


def _finding(rule: _Rule, corpus: _Corpus, passed: Gate) -> Finding:
    both = corpus.having([*rule.given, rule.then])
    support, cases = len(corpus.cases_of(both)), corpus.count(*rule.given)
    base = corpus.count(rule.then) / corpus.cases
    confidence = support / cases
    given = " with ".join(f"“{item}”" for item in rule.given)
    return Finding(
        key=f"{PatternKind.ASSOCIATION}: {' + '.join(rule.given)} -> {rule.then}".casefold(),
        kind=PatternKind.ASSOCIATION,
        statement=f"{given} comes with “{rule.then}” in {confidence:.0%} of cases, "
        f"{confidence / base:.1f} times as often as documents have it at all.",
        data={
            "given": list(rule.given),
            "then": rule.then,
            "cases": cases,
            "base": round(base, 6),
            "chance": rule.chance,
        },
        support=support,
        confidence=confidence,
        lift=confidence / base,
        evidence=_evidence(corpus, both),
        gate=passed,
    )


def _evidence(corpus: _Corpus, baskets: Items) -> tuple[ChunkId, ...]:
    """Choose one passage of each document."""
    chosen: dict[str, ChunkId] = {}
    for place in baskets:
        basket = corpus.baskets[place]
        chosen.setdefault(basket.case, basket.chunk_id)
        if len(chosen) == _MOST_EVIDENCE:
            break
    return tuple(chosen.values())
