"""What was learned, and what people decide."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from api.client.calls import Sent, asks, streams
from api.client.events import Event
from api.schemas_learning import (
    AnyDecisionIn,
    ChangesOut,
    DecisionOut,
    DecisionsOut,
    LearnedOut,
    PatternChangeOut,
    PatternChangesOut,
    PatternHistoryOut,
    PatternsOut,
    ReplayedOut,
    TodoOut,
)


@asks("GET", "/v1/patterns", PatternsOut.model_validate_json)
def patterns(
    *,
    kind: str | None = None,
    state: Literal["active", "candidate", "retired", "rejected", "all"] | None = None,
    since: int | None = None,
    limit: int | None = None,
    as_of: str | None = None,
) -> Sent:
    """List patterns in the order of their last changes."""
    query = {"kind": kind, "state": state, "since": since, "limit": limit, "as_of": as_of}
    return Sent(query=query)


@asks("GET", "/v1/patterns/{key}", PatternHistoryOut.model_validate_json)
def pattern(key: str) -> Sent:
    """Read a pattern's history, and the passages that show it."""
    return Sent(path={"key": key})


@asks("POST", "/v1/patterns/{key}/accept", DecisionOut.model_validate_json)
def accept_pattern(key: str) -> Sent:
    """Let a pattern be active whatever its gate says."""
    return Sent(path={"key": key})


@asks("POST", "/v1/patterns/{key}/reject", DecisionOut.model_validate_json)
def reject_pattern(key: str) -> Sent:
    """Let a pattern never be active."""
    return Sent(path={"key": key})


@asks("POST", "/v1/learn", LearnedOut.model_validate_json)
def learn() -> Sent:
    """Learn now from all that is current; it may take longer than a client waits by default."""
    return Sent()


@asks("GET", "/v1/curation/todo", TodoOut.model_validate_json)
def todo(*, limit: int | None = None, meaning: bool | None = None) -> Sent:
    """List what waits for people: at most `limit` of each sort."""
    return Sent(query={"limit": limit, "meaning": meaning})


@asks("GET", "/v1/curation/decisions", DecisionsOut.model_validate_json)
def decisions(
    *,
    kind: str | None = None,
    current: bool | None = None,
    since: int | None = None,
    limit: int | None = None,
) -> Sent:
    """List what people decided after a seq, oldest first."""
    return Sent(query={"kind": kind, "current": current, "since": since, "limit": limit})


@asks("POST", "/v1/curation/decisions", DecisionsOut.model_validate_json, once=True)
def decide(decision: AnyDecisionIn) -> Sent:
    """Decide; a split may be several decisions. It outlives re-ingestion and can be undone."""
    return Sent(body=decision.model_dump())


@asks("DELETE", "/v1/curation/decisions/{seq}", DecisionOut.model_validate_json)
def undo(seq: int) -> Sent:
    """Take a decision back; the answer is what it was."""
    return Sent(path={"seq": seq})


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


@asks("GET", "/v1/curation/log", _text, accept="*/*")
def decision_log() -> Sent:
    """Download all that people decided, a JSON object a line, to be replayed into any base."""
    return Sent()


@asks("POST", "/v1/curation/replay", ReplayedOut.model_validate_json, repeatable=True)
def replay(log: str) -> Sent:
    """Take a log of decisions in; what holds already is left alone."""
    return Sent(content=log.encode("utf-8", "replace"), content_type="application/x-ndjson")


@asks("GET", "/internal/v1/patterns", PatternChangesOut.model_validate_json)
def changed_patterns(
    since: int | None = None,
    *,
    kind: Sequence[str] = (),
    wait: float | None = None,
    limit: int | None = None,
) -> Sent:
    """Answer the patterns that changed after a cursor, waiting up to `wait` seconds for one."""
    query = {"since": since, "kind": list(kind), "wait": wait, "limit": limit}
    return Sent(query=query, waits_seconds=wait or 0.0)


@asks("GET", "/internal/v1/changes", ChangesOut.model_validate_json)
def changes(
    since: int | None = None, *, wait: float | None = None, limit: int | None = None
) -> Sent:
    """Follow the change log: what happened to which subject, without any text."""
    query = {"since": since, "wait": wait, "limit": limit}
    return Sent(query=query, waits_seconds=wait or 0.0)


@dataclass(frozen=True, slots=True)
class Purged:
    """Documents were purged by change `seq`: where it is a new one, forget all patterns.

    Then begin again at 0; what they were evidence of is gone without a trace.
    """

    seq: int


def _change(event: Event) -> PatternChangeOut | Purged:
    if event.name == "purged":
        return Purged(json.loads(event.data)["purged"])
    return PatternChangeOut.model_validate_json(event.data)


@streams("GET", "/internal/v1/patterns", _change)
def follow_patterns(
    since: int | None = None, *, kind: Sequence[str] = (), limit: int | None = None
) -> Sent:
    """Follow patterns as they change, for ever; a pattern's `seq` as `since` goes on after it."""
    return Sent(query={"since": since, "kind": list(kind), "limit": limit})
