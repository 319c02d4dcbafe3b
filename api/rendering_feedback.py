"""From what people said of answers to what goes out, over HTTP and from commands alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from api.rendering_graph import until
from api.schemas_feedback import (
    FeedbackOut,
    IntendedOut,
    IntentsOut,
    JudgementOut,
    JudgementsOut,
    SaidOut,
)
from foundation.clock import to_datetime
from knowledge.curation import Decision
from knowledge.feedback import Feedback
from knowledge.judgements import Judgements
from knowledge.questions import Intent


def feedback_out(said: Iterable[Feedback]) -> FeedbackOut:
    """Render feedback."""
    return FeedbackOut(feedback=[_said_out(each) for each in said])


def intents_out(said: Iterable[Decision]) -> IntentsOut:
    """Render what people said that queries were after."""
    return IntentsOut(intents=[_intended_out(each) for each in said])


def judgements_out(judged: Judgements) -> JudgementsOut:
    """Render grades, a line for each query and what was judged."""
    return JudgementsOut(
        judgements=[
            JudgementOut(query=query, id=target, grade=grade)
            for query, grades in judged.items()
            for target, grade in grades.items()
        ]
    )


def _said_out(said: Feedback) -> SaidOut:
    fields = asdict(said) | {
        "at": to_datetime(said.at).isoformat(),
        "valid_to": until(said.valid_to),
    }
    return SaidOut.model_validate(fields)


def _intended_out(said: Decision) -> IntendedOut:
    return IntendedOut(
        seq=said.seq,
        query=said.data["query"],
        intent=Intent(said.object),
        actor=said.actor,
        at=to_datetime(said.at).isoformat(),
        valid_to=until(said.valid_to),
    )
