"""Sorts problems, causes and remedies into classes that recur: seeds, and what the data adds."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from knowledge.patterns.incident_cues import ENGLISH_PROBLEM
from knowledge.patterns.incident_seeds import Seed

_LEAST_CASES: Final = 3
"""A term of fewer incidents joins no class."""

_LEAST_OWN: Final = 5
"""A term of fewer incidents makes no class of its own."""

_LEAST_SHARE: Final = 0.7
"""The share of a term's incidents that one class must have for the term to join it."""

_LEAST_LIFT: Final = 3.0
"""And how many times more often than by chance that is."""

_SHORTEST: Final = 3

_STOP_LIST: Final = (
    "the and that this with from for were was been being had has have its their which when "
    "while into due not all some are but also after before during within between over under "
    "than then them they there these those who what where because caused causing cause "
    "crash became become too set call receive led leading lead issue issues problem "
    "problems incident incidents outage event events error errors failure failures failed "
    "fail service services system systems user users customer customers affected impact "
    "result resulted team teams engineers using used use more most many multiple several "
    "other only both each one two three first new old single specific particular number "
    "large high small same time times day days hour hours minute minutes utc pdt pst edt "
    "gmt could would should can may did does such through across without about until even "
    "still however including company site our own made make making back out off restore "
    "restored restoring data recovery recover recovered normal operations operation 問題 "
    "障害 事象 影響 発生 原因 対応 復旧 実施 一部 利用 場合 状態 結果 全体 作業 今回 当社 "
    "確認 サービス ユーザー システム エラー"
)
_STOP_WORDS: Final = frozenset(_STOP_LIST.split())
"""Words that tell no class: of the language, and of every incident."""

_WORD: Final = re.compile(
    r"[a-z][a-z0-9+#]{2,}|[\u4e00-\u9fff\u3005]{2,8}|[\u30a1-\u30fa\u30fc]{3,20}", re.IGNORECASE
)
_ENDINGS: Final = re.compile(r"(?:ations?|ions?|ings?|ed|es|s|ly|ments?)$")


@dataclass(frozen=True, slots=True)
class Class:
    """A kind of problem, cause or remedy.

    Attributes:
        name: its name in English (or the term that it grew from).
        japanese: its name in Japanese.
        terms: the learned terms that sort a phrase into it, besides its seed's.
        origin: "seed" (ours alone), "seed and data" (the data added terms), "data" (no seed).
    """

    name: str
    japanese: str
    terms: tuple[str, ...] = ()
    origin: str = "seed"


def terms_of(phrase: str) -> dict[str, str]:
    """Answer a phrase's terms, English ones without their endings, and how each is written.

    Words of the language and of every incident (degraded, failure) are left out.
    """
    found: dict[str, str] = {}
    for word in _WORD.findall(phrase.lower()):
        if word not in _STOP_WORDS and not ENGLISH_PROBLEM.fullmatch(word):
            short = _ENDINGS.sub("", word)
            found.setdefault(short if len(short) >= _SHORTEST else word, word)
    return found


@dataclass(frozen=True, slots=True)
class Classes:
    """What phrases are sorted by. Learn it with `learn`."""

    seeds: Sequence[Seed]
    grown: Mapping[str, Class] = field(default_factory=dict)
    by_term: Mapping[str, str] = field(default_factory=dict)

    def of(self, phrase: str) -> str | None:
        """Answer the name of a phrase's class, or None.

        The seed whose term comes first wins: "a bug in the network configuration" is a bug. Where
        no seed has a term, the class to which most of the learned terms point.
        """
        return seeded(self.seeds, phrase) or self._learned(phrase)

    def _learned(self, phrase: str) -> str | None:
        votes = Counter(self.by_term[t] for t in terms_of(phrase) if t in self.by_term)
        return min(votes, key=lambda name: (-votes[name], name)) if votes else None

    def __getitem__(self, name: str) -> Class:
        return self.grown[name]


def seeded(seeds: Sequence[Seed], phrase: str) -> str | None:
    """Answer the seed whose term comes first in the phrase, the longer one where two do."""
    best: tuple[int, int, str] | None = None
    for seed in seeds:
        hit = seed.pattern.search(phrase)
        if hit and (best is None or (hit.start(), -hit.end()) < best[:2]):
            best = (hit.start(), -hit.end(), seed.name)
    return best[2] if best else None


def learn(seeds: Sequence[Seed], phrases: Iterable[tuple[str, str]]) -> Classes:
    """Let the data add to the seeds: terms that go with one class, and classes of their own.

    A term that stands in enough incidents, nearly always beside one seed's terms, joins that seed.
    A term that recurs in phrases that no class takes, and hardly elsewhere, becomes a class.

    Args:
        seeds: in any order.
        phrases: case and phrase; a case counts once for each term.
    """
    cases: dict[str, set[str]] = defaultdict(set)
    together: dict[tuple[str, str], set[str]] = defaultdict(set)
    sizes: dict[str, set[str]] = defaultdict(set)
    left: list[tuple[str, set[str]]] = []
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for case, phrase in sorted(phrases):
        name, terms = seeded(seeds, phrase), terms_of(phrase)
        for term, word in terms.items():
            cases[term].add(case)
            written[term][word] += 1
            if name:
                together[term, name].add(case)
        if name:
            sizes[name].add(case)
        else:
            left.append((case, set(terms)))
    everyone = len(set().union(*cases.values()))
    by_term = {
        term: name
        for (term, name), held in sorted(together.items())
        if len(held) >= _LEAST_CASES
        and len(held)
        >= len(cases[term]) * max(_LEAST_SHARE, _LEAST_LIFT * len(sizes[name]) / everyone)
        and not seeded(seeds, term)
    }
    left = [(case, terms) for case, terms in left if not terms & by_term.keys()]
    alone = Counter(term for case, terms in left for term in terms)
    own = _recurring(
        [(c, {t for t in ts if alone[t] >= _LEAST_SHARE * len(cases[t])}) for c, ts in left]
    )
    names = {t: min(written[t], key=lambda word: (-written[t][word], word)) for t in own}
    return Classes(seeds, _grown(seeds, by_term, names), by_term | names)


def _recurring(phrases: Sequence[tuple[str, set[str]]]) -> list[str]:
    """Choose terms of the phrases greedily: the one in most cases, then in most of the rest."""
    chosen: list[str] = []
    rest = list(phrases)
    while True:
        counts: dict[str, set[str]] = defaultdict(set)
        for case, terms in rest:
            for term in terms:
                counts[term].add(case)
        best = min(counts, key=lambda term: (-len(counts[term]), term), default=None)
        if best is None or len(counts[best]) < _LEAST_OWN:
            return chosen
        chosen.append(best)
        rest = [(case, terms) for case, terms in rest if best not in terms]


def _grown(
    seeds: Sequence[Seed], by_term: Mapping[str, str], own: Mapping[str, str]
) -> Mapping[str, Class]:
    terms: dict[str, list[str]] = defaultdict(list)
    for term, name in sorted(by_term.items()):
        terms[name].append(term)
    grown = {name: Class(name, name, (term,), "data") for term, name in own.items()}
    for seed in seeds:
        origin = "seed and data" if terms[seed.name] else "seed"
        grown[seed.name] = Class(seed.name, seed.japanese, tuple(terms[seed.name]), origin)
    return grown
