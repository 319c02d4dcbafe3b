"""From the inner models to what goes out, over HTTP and from commands alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from api.schemas import (
    ChangeOut,
    DocumentLineOut,
    DocumentOut,
    HitOut,
    ResultOut,
    SearchOut,
    VersionOut,
)
from api.schemas_lists import DuplicateGroupOut, DuplicatesOut
from foundation.clock import to_datetime
from foundation.ids import FOREVER
from knowledge.model import Change, Document, DuplicateGroup, Result, Version, VersionInfo
from retrieval.model import SearchResult


def result_out(result: Result) -> ResultOut:
    """Render an outcome."""
    return ResultOut.model_validate(asdict(result))


def duplicates_out(groups: Sequence[DuplicateGroup], *, more: bool = False) -> DuplicatesOut:
    """Render groups of duplicates, and where the next page begins if there are more."""
    return DuplicatesOut(
        groups=[DuplicateGroupOut.model_validate(asdict(group)) for group in groups],
        next=groups[-1].id if more else None,
    )


def document_out(document: Document, version: Version) -> DocumentOut:
    """Render a document with the text of one of its versions."""
    fields = asdict(document) | {
        "metadata": dict(document.metadata),
        "created_at": to_datetime(document.created_at).isoformat(),
        "updated_at": to_datetime(version.time_from).isoformat(),
        "title": version.title,
        "version_id": version.id,
        "version": version.number,
        "text": version.text,
    }
    return DocumentOut.model_validate(fields)


def document_line_out(document: Document) -> DocumentLineOut:
    """Render a document without its text."""
    fields = asdict(document) | {
        "metadata": dict(document.metadata),
        "created_at": to_datetime(document.created_at).isoformat(),
        "updated_at": to_datetime(document.updated_at).isoformat(),
    }
    return DocumentLineOut.model_validate(fields)


def change_out(change: Change) -> ChangeOut:
    """Render a line of the change log."""
    fields = asdict(change) | {
        "at": to_datetime(change.at).isoformat(),
        "details": dict(change.details),
    }
    return ChangeOut.model_validate(fields)


def version_out(version: VersionInfo) -> VersionOut:
    """Render a line of history; open ends are null."""
    fields = asdict(version) | {
        "recorded_at": to_datetime(version.recorded_at).isoformat(),
        "valid_to": None if version.valid_to == FOREVER else version.valid_to,
        "time_from": to_datetime(version.time_from).isoformat(),
        "time_to": None if version.time_to == FOREVER else to_datetime(version.time_to).isoformat(),
    }
    return VersionOut.model_validate(fields)


def search_out(result: SearchResult) -> SearchOut:
    """Render a search's hits."""
    return SearchOut(
        query=result.query,
        hits=[HitOut.model_validate(asdict(hit)) for hit in result.hits],
        seq=result.seq,
        mode=result.mode,
        dense_coverage=result.dense_coverage,
        notes=list(result.notes),
        timings_ms=dict(result.timings_ms),
        understood=list(result.understood),
    )
