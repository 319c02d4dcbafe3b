"""Learns from records of tasks how long each type takes, and what skills it needs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.ids import ChunkId
from knowledge.patterns.gating import gate
from knowledge.patterns.model import Finding, Gate, PatternKind, held_back

_LEAST_SUPPORT: Final = 3
_MOST_SKILLS: Final = 20
_MOST_EVIDENCE: Final = 5

_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task that was done.

    Attributes:
        case: the document that tells of it; it may tell of many.
        type: what sort of task, as it is written.
        seconds: how long it took; above 0.
        skills: who or what was needed: skills, people, labels.
    """

    case: str
    chunk_id: ChunkId
    type: str
    seconds: float
    skills: frozenset[str] = frozenset()


def mine_tasks(records: Sequence[TaskRecord]) -> list[Finding]:
    """Find the durations and skills of each type of task, the most frequent type first.

    Held back are records, chosen by document, type and duration. On those of a type, its median
    among the others has to be nearer than the median of all types, in logarithms of seconds: to
    take ten minutes for five is as wrong as to take ten hours for five.

    `data`: type, median_seconds, p90_seconds, skills (share of records by skill, the most frequent
    20). The confidence is how often the type's median was the nearer one on held-back records.
    """
    known = _identified([record for record in records if record.seconds > 0])
    rest = [record for record, held in known if not held]
    by_type: dict[str, list[tuple[TaskRecord, bool]]] = defaultdict(list)
    for record, held in known:
        by_type[record.type.casefold()].append((record, held))
    overall = float(np.median(_logs(rest))) if rest else 0.0
    found = [
        _finding(key, [record for record, _ in members], _errors(members, overall))
        for key, members in by_type.items()
        if len(members) >= _LEAST_SUPPORT
    ]
    return sorted(found, key=lambda finding: (-finding.support, finding.key))


def _identified(records: Sequence[TaskRecord]) -> list[tuple[TaskRecord, bool]]:
    """Sort records and tell which are held back; equal ones are told apart by their number."""
    seen: Counter[str] = Counter()
    known = []
    for record in sorted(
        records,
        key=lambda each: (each.case, each.type, each.seconds, sorted(each.skills), each.chunk_id),
    ):
        name = f"{record.case}\0{record.type}\0{record.seconds!r}"
        known.append((record, held_back(f"{name}\0{seen[name]}")))
        seen[name] += 1
    return known


def _logs(records: Sequence[TaskRecord]) -> NDArray[np.float64]:
    return np.log([record.seconds for record in records])


def _errors(
    members: Sequence[tuple[TaskRecord, bool]], overall: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Answer the errors on a type's held-back records: by its own median, and by that of all."""
    rest = _logs([record for record, held in members if not held])
    told = _logs([record for record, held in members if held])
    own = float(np.median(rest)) if len(rest) else overall
    return np.abs(told - own), np.abs(told - overall)


def _finding(
    key: str,
    records: Sequence[TaskRecord],
    errors: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Finding:
    own, overall = errors
    median, late = np.quantile([record.seconds for record in records], [0.5, 0.9]).tolist()
    name = _usual(record.type for record in records)
    skills = _skills(records)
    needs = ", ".join(f"{skill} ({share:.0%})" for skill, share in list(skills.items())[:3])
    return Finding(
        key=f"{PatternKind.TASK}: {key}",
        kind=PatternKind.TASK,
        statement=f"“{name}” takes {_spoken(median)} (median); nine of ten take at most "
        f"{_spoken(late)}." + (f" Most often with {needs}." if needs else ""),
        data={"type": name, "median_seconds": median, "p90_seconds": late, "skills": skills},
        support=len(records),
        confidence=float((own < overall).mean()) if len(own) else 0.0,
        lift=1.0,
        evidence=_evidence(records, median),
        gate=_gate(own, overall),
    )


def _gate(own: NDArray[np.float64], overall: NDArray[np.float64]) -> Gate:
    return gate("negative error in log seconds", (-own).tolist(), (-overall).tolist())


def _skills(records: Sequence[TaskRecord]) -> Mapping[str, float]:
    counts = Counter(skill for record in records for skill in record.skills)
    usual = sorted(counts, key=lambda skill: (-counts[skill], skill))[:_MOST_SKILLS]
    return {skill: counts[skill] / len(records) for skill in usual}


def _usual(names: Iterable[str]) -> str:
    counts = Counter(names)
    return min(counts, key=lambda name: (-counts[name], name))


def _evidence(records: Sequence[TaskRecord], median: float) -> tuple[ChunkId, ...]:
    """Choose the passages with the most usual durations."""
    usual = sorted(records, key=lambda each: abs(np.log(each.seconds / median)))
    return tuple(dict.fromkeys(record.chunk_id for record in usual))[:_MOST_EVIDENCE]


def _spoken(seconds: float) -> str:
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds >= size), _UNITS[-1])
    return f"{seconds / size:.3g} {unit}"
