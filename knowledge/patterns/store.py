"""Patterns in the truth: every version of each, and what brings them from one state to the next."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from foundation.database.bulk import bulk_insert
from foundation.database.schema import decisions, patterns
from foundation.database.values import dump_json
from foundation.ids import FOREVER
from knowledge.curation import ACCEPTED, REJECTED
from knowledge.graph.identities import at_seq
from knowledge.log import NOW, AsOf, Ledger
from knowledge.patterns.model import Finding, Gate, Pattern, PatternKind, PatternState

LONGEST_KEY: Final = 400
_FIGURES: Final = ("statement", "data", "support", "confidence", "lift", "evidence", "gate")


@dataclass(frozen=True, slots=True)
class PatternChanges:
    """What a round of learning did, as the patterns are now."""

    learned: Sequence[Pattern] = ()
    changed: Sequence[Pattern] = ()
    retired: Sequence[Pattern] = ()

    def __bool__(self) -> bool:
        """Tell whether anything did change."""
        return bool(self.learned or self.changed or self.retired)


@dataclass(slots=True)
class _Draft:
    learned: list[Pattern] = field(default_factory=list)
    changed: list[Pattern] = field(default_factory=list)
    retired: list[Pattern] = field(default_factory=list)


def read_patterns(
    connection: Connection,
    *,
    kinds: Collection[str] = (),
    states: Collection[str] = (),
    since: int = 0,
    limit: int | None = None,
    at: AsOf = NOW,
) -> list[Pattern]:
    """List patterns as they are (or were), in the order of their last changes.

    Args:
        kinds, states: only these; all, if empty.
        since: only those that changed after a seq.
        limit: at most so many.
        at: a moment; of a time, patterns are answered as they are now.
    """
    query = select(patterns).where(
        at_seq(patterns, at, patterns.c.valid_from), patterns.c.valid_from > since
    )
    if kinds:
        query = query.where(patterns.c.kind.in_([str(kind) for kind in kinds]))
    if states:
        query = query.where(patterns.c.state.in_([str(state) for state in states]))
    query = query.order_by(patterns.c.valid_from, patterns.c.key).limit(limit)
    return [_pattern(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public mapping


def pattern_history(connection: Connection, key: str) -> list[Pattern]:
    """List all versions of a pattern, oldest first."""
    query = select(patterns).where(patterns.c.key == key).order_by(patterns.c.version)
    return [_pattern(row._mapping) for row in connection.execute(query)]  # noqa: SLF001


def write_findings(ledger: Ledger, findings: Iterable[Finding]) -> PatternChanges:
    """Let the truth hold what was found: new patterns, new figures, and the end of the rest.

    A pattern is active while its gate passes or a person accepted it. One that was active and
    passes no more, or whose evidence is gone, is retired; one that a person rejected stays so.
    """
    known = {pattern.key: pattern for pattern in read_patterns(ledger.connection)}
    words = _decided(ledger.connection)
    done = _Draft()
    named = {short_key(each.key): replace(each, key=short_key(each.key)) for each in findings}
    for finding in sorted(named.values(), key=lambda finding: finding.key):
        before = known.pop(finding.key, None)
        state, reason = _state(finding, words.get(finding.key), before)
        if before is None:
            done.learned.append(_note(ledger, finding, state, reason, 1))
        elif (before.state, before.reason) != (state, reason) or _differs(before, finding):
            done.changed.append(_note(ledger, finding, state, reason, before.version + 1))
    for gone in known.values():
        if gone.state is not PatternState.RETIRED:
            bare = replace(gone, support=0, evidence=())
            retired = PatternState.RETIRED
            done.retired.append(
                _note(ledger, bare, retired, "its evidence is gone", gone.version + 1)
            )
    written = [*done.learned, *done.changed, *done.retired]
    _end(ledger.connection, [pattern for pattern in written if pattern.version > 1])
    bulk_insert(ledger.connection, patterns, [_row(pattern) for pattern in written])
    return PatternChanges(done.learned, done.changed, done.retired)


def short_key(key: str) -> str:
    """Cut a long key so that it still is the only one of its kind."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{key[: LONGEST_KEY - len(digest) - 1]}#{digest}"


def restate(ledger: Ledger, key: str) -> Pattern | None:
    """Bring a pattern's state in line with what people decided; None if it is already."""
    found = [p for p in read_patterns(ledger.connection) if p.key == key]
    if not found or not found[0].support:
        return None
    before = found[0]
    state, reason = _state(before, _decided(ledger.connection).get(key), before)
    if (before.state, before.reason) == (state, reason):
        return None
    after = _note(ledger, before, state, reason, before.version + 1)
    _end(ledger.connection, [after])
    bulk_insert(ledger.connection, patterns, [_row(after)])
    return after


def _state(finding: Finding, word: str | None, before: Pattern | None) -> tuple[PatternState, str]:
    if word == REJECTED:
        return PatternState.REJECTED, "a person rejected it"
    if word == ACCEPTED:
        return PatternState.ACTIVE, "a person accepted it"
    gate = finding.gate
    figures = f"{gate.metric}: {gate.score:.3g} against {gate.baseline:.3g} on {gate.cases} cases"
    if gate.passed:
        return PatternState.ACTIVE, f"passed its gate ({figures})"
    if before is not None and before.support > 0 and _had_passed(before):
        return PatternState.RETIRED, f"passes its gate no more ({figures})"
    return PatternState.CANDIDATE, f"has not passed its gate ({figures})"


def _had_passed(before: Pattern) -> bool:
    """Tell whether a pattern was active by its gate, not by a person's word alone."""
    active = before.state is PatternState.ACTIVE and before.gate.passed
    return active or before.state is PatternState.RETIRED


def _decided(connection: Connection) -> Mapping[str, str]:
    query = select(decisions.c.subject, decisions.c.kind).where(
        decisions.c.kind.in_([REJECTED, ACCEPTED]), decisions.c.valid_to == FOREVER
    )
    return {row.subject: row.kind for row in connection.execute(query)}


def _differs(before: Pattern, finding: Finding) -> bool:
    old, new = _figures(before), _figures(finding)
    return dump_json(old) != dump_json(new)


def _figures(finding: Finding) -> dict[str, Any]:
    return {name: _plain(getattr(finding, name)) for name in _FIGURES}


def _plain(value: Any) -> Any:  # noqa: ANN401 - a field of a finding
    if isinstance(value, Gate):
        return asdict(value)
    return list(value) if isinstance(value, tuple) else value


def _note(
    ledger: Ledger, finding: Finding, state: PatternState, reason: str, version: int
) -> Pattern:
    kind = "pattern.learned" if version == 1 else f"pattern.{state.value}"
    seq = ledger.note(
        kind,
        collection="",
        subject=finding.key,
        details={"kind": finding.kind.value, "state": state.value, "reason": reason},
    )
    return Pattern(
        key=finding.key,
        kind=finding.kind,
        statement=finding.statement,
        data=finding.data,
        support=finding.support,
        confidence=finding.confidence,
        lift=finding.lift,
        evidence=list(finding.evidence),
        gate=finding.gate,
        state=state,
        version=version,
        valid_from=seq,
        valid_to=FOREVER,
        reason=reason,
    )


def _end(connection: Connection, replaced: Sequence[Pattern]) -> None:
    if replaced:
        statement = (
            update(patterns)
            .where(patterns.c.key == bindparam("which"), patterns.c.valid_to == FOREVER)
            .values(valid_to=bindparam("seq"))
        )
        connection.execute(statement, [{"which": p.key, "seq": p.valid_from} for p in replaced])


def _row(pattern: Pattern) -> dict[str, Any]:
    return {
        **_figures(pattern),
        "key": pattern.key,
        "version": pattern.version,
        "kind": pattern.kind.value,
        "state": pattern.state.value,
        "reason": pattern.reason,
        "valid_from": pattern.valid_from,
        "valid_to": pattern.valid_to,
    }


def _pattern(row: Mapping[Any, Any]) -> Pattern:
    fields = dict(row)
    fields["kind"] = PatternKind(fields["kind"])
    fields["state"] = PatternState(fields["state"])
    fields["gate"] = Gate(**fields["gate"])
    return Pattern(**fields)
