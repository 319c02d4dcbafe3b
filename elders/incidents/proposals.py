"""Rules that might have told an incident earlier, or without so many false alarms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from elders.incidents.causes import ONSET, Suspect
from elders.incidents.model import Finding, Round, Series
from elders.incidents.rules import LEARNED, Kind, Rule, Rulebook
from foundation.clock import Micros

_LEAST: Final = 30
_ROOM: Final = 0.05
_QUANTILE: Final = 0.999


def proposed(
    book: Rulebook,
    findings: Sequence[Finding],
    leading: Sequence[Suspect],
    rounds: Sequence[Round],
    *,
    begun: Micros,
) -> Iterator[Rulebook]:
    """Answer books to be tried, each with one rule more or changed.

    For what moved before the incident: a limit just above all that it was before. For the rules
    that told it: earlier (fewer rounds) and later (more rounds), which may save false alarms.
    A rule that is made here tells, and does nothing: a person may write it anew with an action.

    Args:
        book: the rules that hold.
        findings: of the incident.
        leading: series that moved before it.
        rounds: of the time before the incident, and of itself.
        begun: when it began.
    """
    severity = min((each.severity for each in findings), key=lambda each: each.rank)
    for suspect in leading:
        limit = _usual_edge(suspect.series, rounds, begun)
        if limit is not None and suspect.correlation > 0:
            name = f"{LEARNED}{suspect.series.name} rises first"
            yield book.with_rule(Rule(name, suspect.series.name, Kind.ABOVE, limit, severity))
    for rule in _told_by(book, findings):
        if rule.kind is Kind.ABOVE:
            name = f"{LEARNED}{rule.name}, foreseen"
            yield book.with_rule(replace(rule, name=name, kind=Kind.FORECAST, rounds=1, action=""))
        if rule.rounds > 1:
            yield book.with_rule(replace(rule, rounds=rule.rounds - 1))
        yield book.with_rule(replace(rule, rounds=rule.rounds + 1))


def _told_by(book: Rulebook, findings: Sequence[Finding]) -> list[Rule]:
    names = {each.labels.get("rule") for each in findings}
    return [rule for rule in book.rules if rule.name in names]


def _usual_edge(series: Series, rounds: Sequence[Round], begun: Micros) -> float | None:
    before = [each.values[series] for each in rounds if each.at < begun and series in each.values]
    usual = before[:-ONSET]
    if len(usual) < _LEAST:
        return None
    top = float(np.quantile(usual, _QUANTILE))
    return top + _ROOM * max(abs(top), float(np.std(usual)))
