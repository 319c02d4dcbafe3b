"""Learns which of several names for one thing a corpus prefers, and how it defines the thing."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import groupby
from typing import Final

from foundation.ids import ChunkId
from knowledge.language import CJK_RUN
from knowledge.patterns.gating import gate
from knowledge.patterns.model import Finding, Gate, PatternKind, held_back

_GOOD_LENGTH: Final = (20, 240)
"""Characters of a sentence that is worth being shown as a definition."""

_WORD: Final = re.compile(r"[^\W_]+")
_COMPARED: Final = 60
"""Definitions of other concepts that one is compared with: a sample, the same for all."""


@dataclass(frozen=True, slots=True)
class TermUse:
    """A name in a passage, for the concept (entity) that it means there.

    Attributes:
        concept: the same for all names of one thing, whatever its form.
        case: names the document, as `Passage.case`.
        definition: the passage's sentence that says what the concept is, if it has one.
        stands_for: the expansion that the passage gives of the surface, an acronym.
    """

    concept: str
    surface: str
    case: str
    chunk_id: ChunkId
    count: int = 1
    definition: str = ""
    stands_for: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """All spellings of one name that differ in case, width or a plural s alone.

    Attributes:
        surface: how it is written most often.
        cases: occurrences by document.
        acronym: it stands for another name: short, but nothing to avoid.
        japanese: it is written in Japanese, so that no Latin name competes with it.
    """

    surface: str
    cases: Mapping[str, int]
    acronym: bool
    japanese: bool

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """Sort by it: in most documents first, then most often, the longest, by alphabet."""
        return -len(self.cases), -sum(self.cases.values()), -len(self.surface), self.surface


def mine_terminology(uses: Sequence[TermUse]) -> list[Finding]:
    """Find for each concept its preferred names, the variants to avoid, and its definition.

    A concept is told of if it has two names in one script or a definition. A Japanese and an
    English name do not compete: `preferred` has one for each ("latin", "japanese"). Preferred is
    the name, acronyms apart, that most documents use; ties go to the one used more often, then to
    the longer, which says more.

    The data of a finding: `term` (preferred), `preferred` (by script), `avoid`, `acronyms`,
    `names` (each with documents and uses), `definition` (or None) and `definitions` (how many).
    Support counts documents; confidence is the preferred name's share of all uses of names that
    compete with it; lift is that over an even share.

    Its gate: on held-back documents that name the concept, the share of the name preferred by the
    others, against what a name drawn by chance among those that the others use would have; for a
    concept of one name, how alike the definition chosen from the others and the held-back
    document's are, against definitions of other concepts.
    """
    ordered = sorted(uses, key=lambda u: (u.concept, u.case, u.chunk_id, astuple(u)))
    concepts = {key: list(group) for key, group in groupby(ordered, key=lambda u: u.concept)}
    defined = {key: best for key, own in concepts.items() if (best := best_definition(own))}
    compared = sorted(defined, key=_shuffled)[:_COMPARED]
    findings = []
    for concept, own in concepts.items():
        variants = variants_of(own)
        rivals = _rivals(variants)
        if len(rivals) > 1 or concept in defined:
            others = [defined[key].definition for key in compared if key != concept]
            measured = _measure_names(own) if len(rivals) > 1 else _measure_meaning(own, others)
            findings.append(_finding(concept, own, variants, defined.get(concept), measured))
    return sorted(findings, key=lambda f: (-f.support, f.key))


def _shuffled(concept: str) -> bytes:
    """Order concepts as if by chance, always in the same way."""
    return hashlib.sha256(concept.encode("utf-8", "surrogatepass")).digest()


def fold(surface: str) -> str:
    """Answer what names have in common that differ in case, width or a plural s alone."""
    name = " ".join(unicodedata.normalize("NFKC", surface).casefold().split())
    plural = len(name) > 3 and name.endswith("s") and not name.endswith(("ss", "us", "is"))
    return name[:-1] if plural else name


def variants_of(uses: Sequence[TermUse]) -> list[Variant]:
    """Gather one concept's names, the most used first."""
    surfaces: dict[str, Counter[str]] = defaultdict(Counter)
    cases: dict[str, Counter[str]] = defaultdict(Counter)
    for use in uses:
        surfaces[fold(use.surface)][use.surface] += use.count
        cases[fold(use.surface)][use.case] += use.count
    acronyms = {fold(use.surface) for use in uses if use.stands_for}
    return sorted(
        (
            Variant(
                min(counts, key=lambda s: (-counts[s], s)),
                dict(cases[key]),
                acronym=key in acronyms,
                japanese=CJK_RUN.search(key) is not None,
            )
            for key, counts in surfaces.items()
        ),
        key=lambda variant: variant.rank,
    )


def _rivals(variants: Sequence[Variant]) -> list[Variant]:
    """Choose the names among which one is to be preferred: of the script that has more names."""
    full = [variant for variant in variants if not variant.acronym] or list(variants)
    japanese = [variant for variant in full if variant.japanese]
    latin = [variant for variant in full if not variant.japanese]
    return max(latin, japanese, key=len)


def best_definition(uses: Sequence[TermUse]) -> TermUse | None:
    """Choose the definition that opens with a name, has a good length, and agrees with others."""
    defining = [use for use in uses if use.definition.strip()]
    names = {fold(use.surface) for use in uses}
    words = {use.definition: _words(use.definition) for use in defining}

    def quality(use: TermUse) -> tuple[bool, bool, float, int, str, str]:
        text = use.definition.strip()
        opening = fold(text)[: max(map(len, names)) + 8]
        agreement = sum(overlap(words[use.definition], other) for other in words.values())
        return (
            not any(name in opening for name in names),
            not _GOOD_LENGTH[0] <= len(text) <= _GOOD_LENGTH[1],
            -round(agreement, 9),
            len(text),
            text,
            use.case,
        )

    return min(defining, key=quality, default=None)


def _words(text: str) -> frozenset[str]:
    """Answer the words of a text; of Japanese, which writes none apart, the pairs of characters."""
    found = set()
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        found |= {word[i : i + 2] for i in range(len(word) - 1)} if CJK_RUN.search(word) else {word}
    return frozenset(found)


def overlap(one: Collection[str], other: Collection[str]) -> float:
    """Answer the Jaccard similarity of two sets, 0 to 1."""
    union = len({*one, *other})
    return len({*one} & {*other}) / union if union else 0.0


def _measure_names(uses: Sequence[TermUse]) -> Gate:
    known = _rivals(variants_of([use for use in uses if not held_back(use.case)]))
    keys = [fold(variant.surface) for variant in known]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    competing = {fold(variant.surface) for variant in _rivals(variants_of(uses))}
    for use in uses:
        if held_back(use.case) and fold(use.surface) in competing:
            counts[use.case][fold(use.surface)] += use.count
    tested = [counter for _, counter in sorted(counts.items())] if keys else []
    return gate(
        "share of the preferred name",
        [counter[keys[0]] / counter.total() for counter in tested],
        [sum(counter[k] for k in keys) / len(keys) / counter.total() for counter in tested],
    )


def _measure_meaning(uses: Sequence[TermUse], others: Sequence[str]) -> Gate:
    chosen = best_definition([use for use in uses if not held_back(use.case)])
    tested = {u.case: u.definition for u in uses if held_back(u.case) and u.definition.strip()}
    ours, theirs = [], []
    strangers = [_words(text) for text in others]
    for _, text in sorted(tested.items()) if chosen and others else []:
        words = _words(text)
        ours.append(overlap(words, _words(chosen.definition if chosen else "")))
        theirs.append(sum(overlap(words, other) for other in strangers) / len(strangers))
    return gate("agreement of definitions", ours, theirs)


def _finding(
    concept: str,
    uses: Sequence[TermUse],
    variants: Sequence[Variant],
    definition: TermUse | None,
    measured: Gate,
) -> Finding:
    rivals = _rivals(variants)
    preferred = _preferred(variants)
    term = rivals[0]
    acronyms = [v.surface for v in variants if v.acronym and v.surface not in preferred.values()]
    avoid = [v.surface for v in variants if v.surface not in {*preferred.values(), *acronyms}]
    total = sum(sum(variant.cases.values()) for variant in rivals)
    share = sum(term.cases.values()) / total
    by_use = sorted(uses, key=lambda u: (fold(u.surface) != fold(term.surface), -u.count))
    shown = [*([definition] if definition else []), *by_use]
    return Finding(
        key=f"terminology: {fold(concept)}",
        kind=PatternKind.TERMINOLOGY,
        statement=_statement(term, avoid, acronyms, definition),
        data={
            "concept": concept,
            "term": term.surface,
            "preferred": preferred,
            "avoid": avoid,
            "acronyms": acronyms,
            "names": [
                {"name": v.surface, "documents": len(v.cases), "uses": sum(v.cases.values())}
                for v in variants
            ],
            "definition": definition.definition.strip() if definition else None,
            "definitions": len({use.case for use in uses if use.definition.strip()}),
        },
        support=len({use.case for use in uses}),
        confidence=share,
        lift=share * len(rivals),
        evidence=list(dict.fromkeys(use.chunk_id for use in shown)),
        gate=measured,
    )


def _preferred(variants: Sequence[Variant]) -> dict[str, str]:
    """Answer the first name of each script; an acronym only where there is no full name."""
    found: dict[str, str] = {}
    for variant in sorted(variants, key=lambda v: v.acronym):
        found.setdefault("japanese" if variant.japanese else "latin", variant.surface)
    return found


def _statement(
    term: Variant, avoid: Sequence[str], acronyms: Sequence[str], definition: TermUse | None
) -> str:
    japanese = term.japanese
    parts = [f"「{term.surface}」" if japanese else f"“{term.surface}”"]
    if acronyms:
        short = ", ".join(acronyms)
        parts.append(f"（略称 {short}）" if japanese else f" (in short {short})")
    if avoid:
        names = "、".join(avoid) if japanese else ", ".join(f"“{name}”" for name in avoid)
        documents = len(term.cases)
        parts.append(
            f"が最も多く使われる用語である（{documents}文書）。避ける表記: {names}"
            if japanese
            else f" is the name that most documents use ({documents}), rather than {names}"
        )
    if definition:
        parts.append(f"：{definition.definition}" if japanese else f": {definition.definition}")
    return "".join(parts).strip()
