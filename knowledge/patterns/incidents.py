"""Learns from incident reports what tends to cause which problem, and what helped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from foundation.ids import ChunkId
from knowledge.language import CJK_RUN
from knowledge.patterns.incident_classes import Class, Classes, learn
from knowledge.patterns.incident_cues import REPORT
from knowledge.patterns.incident_ranking import Counts, Told, Trial
from knowledge.patterns.incident_seeds import CAUSES, PROBLEMS, REMEDIES
from knowledge.patterns.incident_sentences import Role, phrases_of
from knowledge.patterns.model import Finding, Gate, Passage, PatternKind

_MOST_PHRASES: Final = 3
"""Phrases kept of each role: what comes after is about side effects."""

_WEIGHT_SPREAD: Final = 2.0
"""Causes and remedies told less surely than the surest by more than this are left out."""

_LEAST_WEIGHT: Final = 2.0
_OFTEN: Final = 1 / 3
_TELLING: Final = 1 / 4
_EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase and where it stands: `text` is the passage's `[start:end]`."""

    text: str
    chunk_id: ChunkId
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Incident:
    """What one document tells of an incident, the surest phrases first."""

    case: str
    title: str
    problem: Said
    causes: tuple[Said, ...]
    remedies: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Sorted:
    """An incident with the classes of its phrases."""

    incident: Incident
    problems: frozenset[str]
    causes: Mapping[str, Said]
    remedies: Mapping[str, Said]


def read_incident(passages: Sequence[Passage]) -> Incident | None:
    """Read one document: the first problem that it tells, its causes and its remedies.

    Answers None where no problem is told, or neither cause nor remedy, or where the document does
    not look like a report of an incident: that takes a word for one (outage, crashed, 障害, 停止 …)
    in its title or in an eighth of its sentences.
    """
    if not (passages and _reports(passages)):
        return None
    found: dict[Role, list[tuple[float, int, Said]]] = defaultdict(list)
    place = 0
    for passage in sorted(passages, key=lambda p: (p.chunk_id, p.text)):
        for phrase in phrases_of(passage.text, passage.heading):
            text = passage.text[phrase.start : phrase.end]
            said = Said(text, passage.chunk_id, phrase.start, phrase.end)
            found[phrase.role].append((-phrase.weight, place, said))
            place += 1
    causes, remedies = _surest(found[Role.CAUSE]), _surest(found[Role.REMEDY])
    problems = sorted(found[Role.PROBLEM], key=lambda entry: (-entry[0] < 1, *entry[1::-1]))
    if not (problems and (causes or remedies)):
        return None
    return Incident(passages[0].case, passages[0].title, problems[0][2], causes, remedies)


def _reports(passages: Sequence[Passage]) -> bool:
    sentences = sum(p.text.count(". ") + p.text.count("。") + 1 for p in passages)
    words = sum(len(REPORT.findall(p.text)) for p in passages)
    return REPORT.search(passages[0].title) is not None or 8 * words >= sentences


def _surest(found: Iterable[tuple[float, int, Said]]) -> tuple[Said, ...]:
    sure = [entry for entry in found if -entry[0] >= _LEAST_WEIGHT]
    best = sorted(sure, key=lambda entry: entry[:2])[:_MOST_PHRASES]
    return tuple(said for weight, _, said in best if weight <= best[0][0] + _WEIGHT_SPREAD)


def read_incidents(passages: Sequence[Passage]) -> list[Incident]:
    """Read every document of the passages that reports an incident, in order of their cases."""
    ordered = sorted(passages, key=lambda p: (p.case, p.chunk_id, p.text))
    read = (read_incident(list(group)) for _, group in groupby(ordered, key=lambda p: p.case))
    return [incident for incident in read if incident]


def mine_incidents(passages: Sequence[Passage]) -> list[Finding]:
    """Find which cause is told of a problem more often than of others, and what helped then.

    The data of a finding: `problem`, `cause` and `remedy` (names of classes; the remedy is the
    one told most often, or None), `remedies` (each with its number of incidents), `terms` (learned
    terms of the cause's class), `origin` (of the cause's class: "seed", "seed and data", "data"),
    and `examples` (case, title and the three phrases). Support counts the incidents that have
    problem and cause; confidence is their share of those that have the problem and any cause.

    Its gate: on held-back incidents that have the problem, the reciprocal rank of the true cause
    (the best of them) where the pattern lifts its cause in the ranking, against base rates alone.
    """
    entries, causes = sort_incidents(read_incidents(passages))
    told = told_of(entries)
    counts, trial = Counts.of(told), Trial(told)
    findings = []
    for problem, cause in counts.patterns():
        shown = [e for e in entries if problem in e.problems and cause in e.causes]
        among, lift = counts.problems[problem], counts.lift((problem, cause))
        measured = trial.measure((problem, cause))
        findings.append(_finding(problem, causes[cause], shown, among, lift, measured))
    return sorted(findings, key=lambda f: (-f.support * f.lift, f.key))


def sort_incidents(incidents: Sequence[Incident]) -> tuple[list[Sorted], Classes]:
    """Learn classes from the incidents, and sort by them those that have a cause in one."""
    causes = learn(CAUSES, [(i.case, said.text) for i in incidents for said in i.causes])
    remedies = learn(REMEDIES, [(i.case, said.text) for i in incidents for said in i.remedies])
    entries = (
        Sorted(i, _problems(i), _by_class(i.causes, causes), _by_class(i.remedies, remedies))
        for i in incidents
    )
    return [entry for entry in entries if entry.causes], causes


def told_of(entries: Iterable[Sorted]) -> list[Told]:
    """Reduce sorted incidents to the classes that rankings are made of."""
    return [Told(e.incident.case, e.problems, frozenset(e.causes)) for e in entries]


def _problems(incident: Incident) -> frozenset[str]:
    """Answer all classes of a problem; the title tells of it too. The last is for all others."""
    told = f"{incident.title}\n{incident.problem.text}"
    *particular, general = PROBLEMS
    found = frozenset(seed.name for seed in particular if seed.pattern.search(told))
    return found or frozenset({general.name})


def _by_class(told: Iterable[Said], classes: Classes) -> dict[str, Said]:
    found: dict[str, Said] = {}
    for said in told:
        name = classes.of(said.text)
        if name:
            found.setdefault(name, said)
    return found


def _finding(
    problem: str, cause: Class, shown: Sequence[Sorted], among: int, lift: float, measured: Gate
) -> Finding:
    remedies = Counter(name for entry in shown for name in entry.remedies)
    ranked = sorted(remedies.items(), key=lambda item: (-item[1], item[0]))
    best = ranked[0][0] if ranked else None
    shown = sorted(shown, key=lambda e: (best not in e.remedies, e.incident.case))
    evidence = dict.fromkeys(
        said.chunk_id
        for entry in shown
        for said in (entry.causes[cause.name], *filter(None, [entry.remedies.get(best or "")]))
    )
    return Finding(
        key=f"incident: {problem} < {cause.name}",
        kind=PatternKind.INCIDENT,
        statement=_statement(problem, cause, among, ranked, shown),
        data={
            "problem": problem,
            "cause": cause.name,
            "remedy": best,
            "remedies": [{"remedy": name, "incidents": count} for name, count in ranked],
            "terms": list(cause.terms),
            "origin": cause.origin,
            "examples": [_example(entry, cause.name, best) for entry in shown[:_EXAMPLES]],
        },
        support=len(shown),
        confidence=len(shown) / among,
        lift=lift,
        evidence=list(evidence),
        gate=measured,
    )


def _example(entry: Sorted, cause: str, remedy: str | None) -> dict[str, Any]:
    told = entry.remedies.get(remedy or "")
    return {
        "case": entry.incident.case,
        "title": entry.incident.title,
        "problem": entry.incident.problem.text,
        "cause": entry.causes[cause].text,
        "remedy": told.text if told else None,
    }


def _statement(
    problem: str,
    cause: Class,
    among: int,
    remedies: Sequence[tuple[str, int]],
    shown: Sequence[Sorted],
) -> str:
    """Say it in the language of most of the incidents."""
    japanese = sum(CJK_RUN.search(entry.incident.problem.text) is not None for entry in shown)
    often = len(shown) >= _OFTEN * among
    telling = [(name, n) for name, n in remedies[:1] if n >= max(2, _TELLING * len(shown))]
    if 2 * japanese > len(shown):
        names = {seed.name: seed.japanese for seed in (*PROBLEMS, *REMEDIES)}
        helped = [f"。最も役立った対処は{names.get(name, name)}（{n}件）" for name, n in telling]
        share = "多くの場合" if often else "平均より多く"
        return (
            f"{names[problem]}の原因は{share}{cause.japanese}"
            f"（{among}件中{len(shown)}件）{''.join(helped)}"
        )
    helped = [f"; what helped most was {name} (in {n} of them)" for name, n in telling]
    share = "often" if often else "more often than elsewhere"
    named = cause.name[0].upper() + cause.name[1:]
    return (
        f"{named} is {share} behind {problem} ({len(shown)} of {among} incidents){''.join(helped)}"
    )
