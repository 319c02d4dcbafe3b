"""What a corpus teaches: patterns, their evidence, and the gate that they must pass."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from foundation.ids import ChunkId


class PatternKind(StrEnum):
    """What a pattern is about."""

    ASSOCIATION = "association"
    INCIDENT = "incident"
    LOG_TEMPLATE = "log template"
    LOG_SEQUENCE = "log sequence"
    TASK = "task"
    TERMINOLOGY = "terminology"
    CONTRADICTION = "contradiction"


class PatternState(StrEnum):
    """How far a pattern is trusted; only active ones are used."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETIRED = "retired"
    REJECTED = "rejected"
    """A person said no: it stays so whatever the evidence."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether using a pattern beats not using it, on cases that were held back from learning it.

    Attributes:
        metric: what was compared ("accuracy", "precision", "absolute error in log seconds" …).
        score: with the pattern.
        baseline: without it; larger is better for both (errors are given negative).
        cases: held-back cases on which both were measured.
        passed: the score beats the baseline on enough cases.
    """

    metric: str
    score: float
    baseline: float
    cases: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """A pattern as a miner found it: a pure function of the cases that it was given.

    Attributes:
        key: the same pattern always has the same key, whatever its figures: kind and what it is
            about, in normalised form (no ids, no counts).
        statement: one sentence for people.
        data: what programs use, as JSON; each kind documents its fields.
        support: how many cases show it.
        confidence: 0 to 1: how often it held where it could have.
        lift: confidence over what chance would give; 1 where that means nothing.
        evidence: chunks that show it, the most telling first.
    """

    key: str
    kind: PatternKind
    statement: str
    data: Mapping[str, Any]
    support: int
    confidence: float
    lift: float
    evidence: Sequence[ChunkId]
    gate: Gate


@dataclass(frozen=True, slots=True)
class Pattern(Finding):
    """A pattern in the truth, versioned: it holds from `valid_from` until `valid_to`."""

    state: PatternState = PatternState.CANDIDATE
    version: int = 1
    valid_from: int = 0
    valid_to: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A current passage as miners see it.

    Attributes:
        case: names its document in a way that a rebuilt base repeats (collection and source id):
            what is held back is chosen by it.
        metadata: the document's.
        time: when its content became true, in microseconds.
    """

    chunk_id: ChunkId
    case: str
    title: str
    heading: tuple[str, ...]
    text: str
    language: str = ""
    time: int = 0
    metadata: Mapping[str, Any] = field(default_factory=dict)


def held_back(case: str, *, share: float = 0.3) -> bool:
    """Choose the cases on which gates are measured: always the same ones, by a hash."""
    digest = hashlib.sha256(case.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4]) < share * 2**32
