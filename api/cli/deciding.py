"""Show what people decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.cli.printing import emit, say

if TYPE_CHECKING:
    from knowledge.curation import Decision

_SAID: Final = {
    "entities.same": "“{0}” is “{1}”",
    "entities.different": "“{0}” is not “{1}”",
    "entities.renamed": "“{0}” is called “{1}”",
    "documents.labelled": "{subject}: {object} is {value}",
    "patterns.rejected": "rejected {subject}",
    "patterns.accepted": "accepted {subject}",
    "contradictions.settled": "settled {subject} {note}",
    "questions.intended": "“{query}” is {object}",
}


def described(decision: Decision) -> str:
    """Say a decision in words: names as they were written, not as they are kept."""
    names = decision.data.get("names")
    first, second = (
        names
        if isinstance(names, list) and len(names) == 2
        else (
            decision.subject,
            decision.object,
        )
    )
    return (
        _SAID[decision.kind]
        .format(
            first,
            second,
            subject=decision.subject,
            object=decision.object,
            value=decision.data.get("value", ""),
            note=decision.data.get("note", ""),
            query=decision.data.get("query", ""),
        )
        .strip()
    )


def tell_decided(text: str, *decisions: Decision, as_json: bool) -> None:
    """Say what holds now, and how to take it back."""
    if as_json:
        from api.rendering_learning import decision_out

        emit({"decisions": [decision_out(decision) for decision in decisions]})
        return
    undo = ", ".join(f"`elders curation undo {decision.seq}`" for decision in decisions)
    say(f"{text}; {undo} takes it back")
