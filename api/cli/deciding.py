"""Show what people decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from foundation.clock import to_datetime

if TYPE_CHECKING:
    from knowledge.curation import Decision
    from knowledge.graph.model import Link

_SAID: Final = {
    "entities.same": "“{0}” is “{1}”",
    "entities.different": "“{0}” is not “{1}”",
    "entities.renamed": "“{0}” is called “{1}”",
    "documents.labelled": "{subject}: {object} is {value}",
    "patterns.rejected": "rejected {subject}",
    "patterns.accepted": "accepted {subject}",
    "contradictions.settled": "settled {subject} {note}",
}


def decision_out(decision: Decision) -> dict[str, Any]:
    """Lay a decision out for JSON; `valid_to` is null while it holds."""
    from api.cli.printing import plain

    return {
        "seq": decision.seq,
        "kind": decision.kind,
        "subject": decision.subject,
        "object": decision.object,
        "data": dict(decision.data),
        "actor": decision.actor,
        "at": to_datetime(decision.at).isoformat(),
        "valid_to": plain(decision.valid_to),
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
        )
        .strip()
    )


def decided(text: str, *decisions: Decision) -> str:
    """Say what holds now, and how to take it back."""
    undo = ", ".join(f"`elders curation undo {decision.seq}`" for decision in decisions)
    return f"{text}; {undo} takes it back"


def link_out(link: Link, names: Mapping[str, str]) -> dict[str, Any]:
    """Lay out for JSON why two names are (or may be) one."""
    return {
        "first": names[link.first],
        "second": names[link.second],
        "kind": link.kind.value,
        "confidence": link.confidence,
        "support": link.support,
    }
