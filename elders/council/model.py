"""What a learning cycle is made of, and every decision in it: plain functions over values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from elders.levels import Sage
from foundation.clock import Micros
from foundation.ids import content_hash

THRESHOLD: Final = 0.8
"""The chance, from which on a passage counts as a similar case."""

MOST_CASES: Final = 100
MOST_PATTERNS: Final = 50
"""In one cycle; the others are for the next one."""

COLLECTION: Final = "learnings"
LEARNING: Final = "learning"
"""The kind of the tasks."""

_EXCERPT: Final = 2_000
_CONFIRMED: Final = 0.5
_MICROS: Final = 1_000_000


class Stage(StrEnum):
    """How far a cycle is; each is recorded when it is reached."""

    BEGUN = "begun"
    ANALYSED = "analysed"
    FOUND = "found"
    PLANNED = "planned"
    EXECUTED = "executed"
    STORED = "stored"
    TOLD = "told"


STAGES: Final = tuple(Stage)


def following(stage: Stage) -> Stage | None:
    """Answer the stage after this one; None after the last."""
    at = STAGES.index(stage) + 1
    return STAGES[at] if at < len(STAGES) else None


@dataclass(frozen=True, slots=True)
class Pattern:
    """What of a learned pattern the cycle works with.

    Attributes:
        lines: forms of log lines, with `<*>` for what varies, that show it one after another; none
            where it is no pattern of logs.
    """

    key: str
    kind: str
    statement: str
    confidence: float
    support: int
    lines: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """Name it shortly, the same in every cycle."""
        return content_hash(self.key)[:16]


@dataclass(frozen=True, slots=True)
class Case:
    """A passage that tells of a similar case; `score` is the chance that it does."""

    chunk_id: int
    source_id: str
    score: float
    text: str


@dataclass(frozen=True, slots=True)
class Recovery:
    """What the Incident Sage does about tasks that fail or hang.

    Attributes:
        tries: how often a task is submitted at the most, in all.
        patience_seconds: how long each submission may stay open.
    """

    tries: int = 2
    patience_seconds: float = 600.0


class Step(StrEnum):
    """What to do about a watched task."""

    WAIT = "wait"
    DONE = "done"
    AGAIN = "again"
    GIVE_UP = "give_up"


def recover(state: str, tries: int, submitted_at: Micros, now: Micros, plan: Recovery) -> Step:
    """Decide what to do about a task.

    Args:
        state: as the Task Sage tells it.
        tries: how often it was submitted.
        submitted_at: when, the last time.
        now: what time it is.
        plan: the recovery plan.
    """
    if state == "done":
        return Step.DONE
    overdue = now - submitted_at > plan.patience_seconds * _MICROS
    if state != "failed" and not overdue:
        return Step.WAIT
    return Step.AGAIN if tries < plan.tries else Step.GIVE_UP


def task_key(cycle: str, pattern: Pattern, number: int = 1) -> str:
    """Name a learning task's effect: the same pattern in the same cycle is one task."""
    return f"cycle:{cycle}:{pattern.slug}:{number}"


def plan_task(
    cycle: str, pattern: Pattern, cases: Sequence[Case], *, deadline: Micros, number: int = 1
) -> dict[str, Any]:
    """Write the task that learns from a pattern and its cases, as the Task Sage reads it."""
    told = [
        {"source_id": each.source_id, "score": each.score, "text": each.text[:_EXCERPT]}
        for each in cases
    ]
    return {
        "traits": {
            "kind": LEARNING,
            "owner": Sage.KNOWLEDGE.value,
            "amounts": {"cases": float(len(cases))},
            "labels": {"pattern": pattern.kind},
        },
        "body": {
            "pattern": {
                "key": pattern.key,
                "kind": pattern.kind,
                "statement": pattern.statement,
                "confidence": pattern.confidence,
                "support": pattern.support,
                "lines": list(pattern.lines),
            },
            "cases": told,
        },
        "needs": {LEARNING: 0.5},
        "priority": 4,
        "deadline": deadline,
        "most_seconds": 300.0,
        "key": task_key(cycle, pattern, number),
    }


def learning_document(cycle: str, learned: Mapping[str, Any]) -> dict[str, Any]:
    """Write what was learned as a document; a later cycle's is its next version.

    Args:
        cycle: in which it was learned.
        learned: what the task's handler answered.
    """
    words = ", ".join(learned["common"]) or "none"
    sources = "\n".join(f"- {each}" for each in learned["sources"])
    statement = learned["statement"]
    heading = "Learned" if learned["confidence"] >= _CONFIRMED else "Not confirmed"
    text = (
        f"# {heading}: {statement}\n\n"
        f"{learned['confirmed']} of {learned['cases']} similar cases confirm it; with what was"
        f" known before that makes a confidence of {learned['confidence']:.2f}."
        f" Words that the cases share beyond it: {words}.\n\nCases:\n\n{sources}\n"
    )
    slug = content_hash(learned["pattern"])[:16]
    return {
        "source_id": f"{COLLECTION}/{slug}.md",
        "title": f"{heading}: {statement}"[:200],
        "text": text,
        "author": Sage.KNOWLEDGE.value,
        "metadata": {
            "cycle": cycle,
            "pattern": learned["pattern"],
            "kind": learned["kind"],
            "confidence": round(learned["confidence"], 4),
            "cases": learned["cases"],
        },
    }
