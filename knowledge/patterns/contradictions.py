"""Finds where documents state different values of one thing, and which of them is outdated."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import groupby, pairwise
from typing import Any, Final

from foundation.ids import ChunkId
from knowledge.language import CJK_RUN
from knowledge.patterns.gating import gate
from knowledge.patterns.model import Finding, Gate, PatternKind, held_back
from knowledge.patterns.values import agree, plain, readings, values_of

_MANY_VALUED: Final = 0.1
"""An attribute of which more of the documents give several values at once has many."""

_CONSTANT_CASES: Final = 5
_CONSTANT_SHARE: Final = 0.1
"""A constant: of so many documents with versions, at most this share ever corrected it."""

_DAY: Final = 86_400_000_000
"""Microseconds; documents closer in time than that are not older and newer."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement of one version of a document: the subject's attribute has the value.

    Attributes:
        subject: the label of its entity, the same in all documents.
        case: names the document, as `Passage.case`.
        time: when the version's content became true, in microseconds.
        current: the version is its document's present one.
    """

    subject: str
    attribute: str
    value: str
    chunk_id: ChunkId
    case: str
    version: int = 1
    time: int = 0
    current: bool = True
    document_title: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """How an attribute behaves over all subjects.

    Attributes:
        single: share of groups of statements (a document's version; all present documents of a
            subject) that agree on one value, with one agreeing and one disagreeing group added.
        many: a notable share of documents give several values at once.
        constant: documents hardly ever change it, as far as their histories tell.
        gate: on held-back subjects, the share of neighbouring statements that agree.
    """

    single: float
    many: bool
    constant: bool
    gate: Gate


def find_contradictions(facts: Sequence[Fact]) -> list[Finding]:
    """Find the subjects and attributes of which differing values are stated.

    Values are compared by what they mean (`knowledge.patterns.values`). An attribute of which
    documents give several values at once (authors, tags) is left out. What differs is

    - outdated: an earlier version of the same document said otherwise; or a newer document says
      otherwise, unless histories show that the attribute never changes;
    - a contradiction: present documents differ and neither is newer, or the attribute is constant.

    The data of a finding: `subject`, `attribute`, `nature` ("contradiction" or "outdated"),
    `holds` (the value that is to be believed, or None), `outdated` (values), `why`, and
    `statements` (the proofs on both sides: value, case, title, version, time, current, chunk).
    Support counts the documents; confidence is `Attribute.single`; lift means nothing and is 1.

    The gate is the attribute's: on held-back subjects, the share of statements, each taken with
    the next one in time, that agree, against the share of statements on different subjects that
    agree. A value that is true of one subject alone, and one at a time, is repeated; of an
    attribute with many values, or none in particular, statements differ as if by chance.
    """
    known = sorted(set(facts), key=lambda f: (_subject(f), f.time, f.case, f.version, astuple(f)))
    attributes = defaultdict(list)
    for fact in known:
        attributes[plain(fact.attribute)].append(fact)
    findings = []
    for name, own in sorted(attributes.items()):
        subjects = [list(group) for _, group in groupby(own, key=_subject)]
        behaviour = behaviour_of(subjects)
        if not behaviour.many:
            told = (_examine(name, statements, behaviour) for statements in subjects)
            findings += [finding for finding in told if finding]
    return sorted(findings, key=lambda f: (f.data["nature"], -f.confidence, f.key))


def _subject(fact: Fact) -> str:
    return plain(fact.subject)


def behaviour_of(subjects: Sequence[Sequence[Fact]]) -> Attribute:
    """Judge one attribute by the statements on each subject, in order of time."""
    versions = [group for facts in subjects for group in _versions(facts)]
    several = sum(len(_distinct(_values(group))) > 1 for group in versions)
    present = [[fact for fact in facts if fact.current] for facts in subjects]
    shared = [facts for facts in present if len({fact.case for fact in facts}) > 1]
    agreeing = sum(len(_distinct(_values(facts))) == 1 for facts in shared)
    single = (len(versions) - several + agreeing + 1) / (len(versions) + len(shared) + 2)
    return Attribute(
        single,
        several > _MANY_VALUED * len(versions),
        _is_constant(subjects),
        _measure(subjects),
    )


def _versions(facts: Sequence[Fact]) -> list[list[Fact]]:
    ordered = sorted(facts, key=lambda f: (f.case, f.version))
    return [list(group) for _, group in groupby(ordered, key=lambda f: (f.case, f.version))]


def _values(facts: Iterable[Fact]) -> list[str]:
    return [value for fact in facts for value in values_of(fact.value)]


def _distinct(values: Iterable[str]) -> list[str]:
    """Keep one of all values that agree, the first."""
    kept: list[str] = []
    for value in values:
        if not any(agree(value, other) for other in kept):
            kept.append(value)
    return kept


def _is_constant(subjects: Sequence[Sequence[Fact]]) -> bool:
    """Tell whether documents with several versions keep the value that they gave at first."""
    kept = changed = 0
    for facts in subjects:
        for _, group in groupby(sorted(facts, key=lambda f: f.case), key=lambda f: f.case):
            history = list(group)
            if len({fact.version for fact in history}) > 1:
                changed += len(_distinct(_values(history))) > 1
                kept += 1
    return kept >= _CONSTANT_CASES and changed <= _CONSTANT_SHARE * kept


def _measure(subjects: Sequence[Sequence[Fact]]) -> Gate:
    counts = Counter(
        min(readings(value))
        for facts in subjects
        for value in {min(readings(v)): v for v in _values(facts)}.values()
    )
    total = counts.total()
    pairs = total * (total - 1)
    chance = sum(n * (n - 1) for n in counts.values()) / pairs if pairs else 1.0
    scores = []
    for facts in subjects:
        told = _values(facts)
        if len(told) > 1 and held_back(_subject(facts[0])):
            same = sum(agree(one, other) for one, other in pairwise(told))
            scores.append(same / (len(told) - 1))
    return gate("agreement of statements", scores, [chance] * len(scores))


def _examine(attribute: str, facts: Sequence[Fact], behaviour: Attribute) -> Finding | None:
    """Compare the statements on one subject, which come in order of time."""
    present = [fact for fact in facts if fact.current]
    rivals = _distinct_facts(present)
    if len(rivals) > 1:
        nature, holds, why, proofs = _between(rivals, facts, behaviour)
    else:
        proofs = _history(facts, present)
        if len(proofs) < 2:
            return None
        nature, holds = "outdated", proofs[0]
        why = f"version {holds.version} of the same document says otherwise"
        if holds.case != proofs[1].case:
            why = "the document that said so has changed since, and others say otherwise"
    old = [fact for fact in proofs if holds and not agree(fact.value, holds.value)]
    return _finding(attribute, proofs, nature, holds, old, why, behaviour)


def _distinct_facts(facts: Sequence[Fact]) -> list[Fact]:
    """Keep the newest statement of each value, the newest value first."""
    kept: list[Fact] = []
    for fact in reversed(facts):
        if not any(agree(fact.value, other.value) for other in kept):
            kept.append(fact)
    return kept


def _between(
    rivals: Sequence[Fact], facts: Sequence[Fact], behaviour: Attribute
) -> tuple[str, Fact | None, str, list[Fact]]:
    """Judge present statements that differ: is one of them newer, and may the value change?"""
    newest, *others = rivals
    past = [fact for fact in facts if fact.case == newest.case and fact.version < newest.version]
    once = [fact for fact in past if any(agree(fact.value, other.value) for other in others)]
    if once and all(any(agree(f.value, o.value) for f in once) for o in others):
        why = f"{_name(newest)} itself said so until version {once[-1].version}"
        return "outdated", newest, why, [newest, *others, once[-1]]
    if newest.time - max(other.time for other in others) <= _DAY:
        return "contradiction", None, "no document is newer than the other", list(rivals)
    if behaviour.constant:
        why = "it hardly ever changes, so that one of them was wrong from the start"
        return "contradiction", None, why, list(rivals)
    return "outdated", newest, f"{_name(newest)} is newer", list(rivals)


def _history(facts: Sequence[Fact], present: Sequence[Fact]) -> list[Fact]:
    """Answer what holds and the last statements of earlier values, if a document had others."""
    return _distinct_facts([*(f for f in facts if not f.current), *present[-1:]]) if present else []


def _name(fact: Fact) -> str:
    return fact.document_title or fact.case


def _finding(
    attribute: str,
    proofs: Sequence[Fact],
    nature: str,
    holds: Fact | None,
    old: Sequence[Fact],
    why: str,
    behaviour: Attribute,
) -> Finding:
    subject = proofs[0].subject
    return Finding(
        key=f"contradiction: {plain(subject)} | {attribute}",
        kind=PatternKind.CONTRADICTION,
        statement=_statement(attribute, proofs, holds, old),
        data={
            "subject": subject,
            "attribute": attribute,
            "nature": nature,
            "holds": holds.value if holds else None,
            "outdated": list(dict.fromkeys(fact.value for fact in old)),
            "why": why,
            "statements": [_proof(fact) for fact in proofs],
        },
        support=len({fact.case for fact in proofs}),
        confidence=behaviour.single,
        lift=1.0,
        evidence=list(dict.fromkeys(fact.chunk_id for fact in proofs)),
        gate=behaviour.gate,
    )


def _proof(fact: Fact) -> Mapping[str, Any]:
    return {
        "value": fact.value,
        "case": fact.case,
        "title": fact.document_title,
        "version": fact.version,
        "time": fact.time,
        "current": fact.current,
        "chunk": fact.chunk_id,
    }


def _statement(
    attribute: str, proofs: Sequence[Fact], holds: Fact | None, old: Sequence[Fact]
) -> str:
    subject = proofs[0].subject
    japanese = CJK_RUN.search(f"{subject}{attribute}{proofs[0].value}") is not None
    if holds is None:
        if japanese:
            told = "、".join(f"「{_name(f)}」では{f.value}" for f in proofs)
            return f"{subject}の{attribute}が文書によって異なる: {told}"
        told = ", but ".join(f"“{f.value}” in {_name(f)}" for f in proofs)
        return f"The {attribute} of {subject} is {told}"
    source = _place(old[0], japanese=japanese)
    if japanese:
        now = f"{subject}の{attribute}は{holds.value}（{_name(holds)}）"
        return f"{now}。{source}の{old[0].value}は古い"
    return (
        f"The {attribute} of {subject} is “{holds.value}” ({_name(holds)}); "
        f"“{old[0].value}” in {source} is outdated"
    )


def _place(fact: Fact, *, japanese: bool) -> str:
    if fact.current:
        return _name(fact)
    name, version = _name(fact), fact.version
    return f"{name}の版{version}" if japanese else f"version {version} of {name}"
