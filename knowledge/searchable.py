"""Decide what is searchable of each document: its own passages, or those of who stands for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from foundation.clock import Micros
from foundation.ids import DocumentId, Seq
from knowledge.duplicates import Standing
from knowledge.log import Ledger
from knowledge.passages import Wanted
from knowledge.states import State, load_by_id


def searchable(
    ledger: Ledger, touched: Mapping[DocumentId, Wanted], standing: Standing
) -> list[Wanted]:
    """Work out what must be searchable of every document that changed or whose standing did.

    Args:
        ledger: the open transaction.
        touched: the documents whose content changed, each with all of its passages.
        standing: who stands for whom now.
    """
    others = set(standing.changed) - touched.keys()
    speakers = {standing.merged_into[d] for d in touched if d in standing.merged_into}
    states = load_by_id(ledger.connection, sorted(others | (speakers - touched.keys())))
    since = {d: state.floor for d, state in states.items()} | {
        d: want.time for d, want in touched.items()
    }
    wanted = [_hidden(want, standing, since) for want in touched.values()]
    for document in sorted(others):
        want = _restated(ledger, states[document], touched, standing)
        merged = document in standing.merged_into
        wanted.append(replace(want, version_id=None) if merged else want)
    return wanted


def _hidden(want: Wanted, standing: Standing, since: Mapping[DocumentId, int]) -> Wanted:
    """Leave a merged document's passages to who stands for it, from when on that one does.

    Content that is dated before the other's (a history that was ingested late) is searchable for
    the time between, which is past.
    """
    speaker = standing.merged_into.get(want.document_id)
    if speaker is None:
        return want
    if want.time < since[speaker]:
        return replace(want, until=since[speaker])
    return replace(want, version_id=None)


def _restated(
    ledger: Ledger, state: State, touched: Mapping[DocumentId, Wanted], standing: Standing
) -> Wanted:
    """Date a change of standing: when the one that stood or stands for the document changed."""
    causes = [touched[d].time for d in standing.changed[state.id] if d in touched]
    latest = max((want.time for want in touched.values()), default=ledger.now)
    moment = Micros(max(causes[0] if causes else latest, state.floor))
    version = state.version_id if state.current else None
    return Wanted(state.id, version, Seq(ledger.seq), moment)
