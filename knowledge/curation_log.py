"""The curation log as lines of JSON: written out, and replayed into any base."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from foundation.clock import to_datetime
from foundation.database.engine import Database
from foundation.database.schema import changes, documents, verdicts
from foundation.errors import InvalidInput
from foundation.ids import DocumentId
from knowledge.classification.model import DocumentKind, Facet
from knowledge.curation import (
    ACCEPTED,
    INTENDED,
    KINDS,
    LABELLED,
    REJECTED,
    Curation,
    Decision,
)
from knowledge.graph.identities import DIFFERENT, RENAMED, SAME
from knowledge.graph.node_link import from_json_text
from knowledge.labelling import document_key
from knowledge.questions import LONGEST_QUESTION, Intent, one_spelling
from knowledge.sage import KnowledgeSage

DOCUMENTS: Final = "duplicates.verdict"
_FORMAT: Final = "elders-curation-1"


def export_lines(database: Database) -> Iterator[str]:
    """Write every decision of people, in order: one JSON object a line."""
    kinds = [*KINDS, *(f"{kind}.undone" for kind in KINDS), DOCUMENTS]
    with database.read() as connection:
        query = select(changes).where(changes.c.kind.in_(kinds)).order_by(changes.c.seq)
        rows = connection.execute(query).all()
        keys = _keys(connection, rows)
    for row in rows:
        subject, target, data = row.subject, row.details.get("object", ""), row.details.get("data")
        if row.kind == DOCUMENTS:
            if row.document_id not in keys or row.subject not in keys:
                continue  # a document was purged: nothing is left to decide about
            subject, target, data = keys[row.document_id], keys[row.subject], dict(row.details)
        line = {
            "format": _FORMAT,
            "at": to_datetime(row.at).isoformat(),
            "actor": row.actor,
            "kind": row.kind,
            "subject": subject,
            "object": target,
            "data": data or {},
        }
        yield json.dumps(line, ensure_ascii=False)


def replay_lines(
    lines: Iterable[str], curation: Curation, sage: KnowledgeSage, database: Database
) -> Counter[str]:
    """Take decisions in again; what holds already is left alone, so it may be replayed at will.

    Of several lines about one thing only the last is taken in.

    Returns:
        How many lines were "replayed", "unchanged" (a later line counts, or it holds already), or
        "waiting" for a document that is not here.

    Raises:
        InvalidInput: a line is no decision (then none was taken in), or the base can't take it
            (then those before it were); it says which.
    """
    done: Counter[str] = Counter()
    parsed = [(n, _parsed(text, n)) for n, text in enumerate(lines, start=1) if text.strip()]
    holding = {(d.kind, d.subject, d.object): d for d in curation.list()}
    for stack in _stacks(parsed).values():
        number, line = stack[-1]
        done["unchanged"] += len(stack) - 1
        try:
            done[_replay(line, holding, curation, sage, database)] += 1
        except InvalidInput as error:
            raise InvalidInput(f"line {number} can't be taken in: {error}") from error
    done["unchanged"] += len(parsed) - sum(done.values())
    return +done


def _stacks(
    parsed: Iterable[tuple[int, Mapping[str, Any]]],
) -> dict[tuple[str, ...], list[tuple[int, Mapping[str, Any]]]]:
    """Gather lines by what they decide, the one that holds in the end last.

    One that was undone gives way to the one that it had ended; where none is left, its end stands.
    """
    stacks: dict[tuple[str, ...], list[tuple[int, Mapping[str, Any]]]] = {}
    for number, line in parsed:
        stack = stacks.setdefault(_topic(line), [])
        if not line["kind"].endswith(".undone"):
            if stack and stack[-1][1]["kind"].endswith(".undone"):
                stack.pop()
            stack.append((number, line))
        elif stack and stack[-1][1]["kind"] == line["kind"].removesuffix(".undone"):
            stack.pop()
        if not stack:
            stack.append((number, line))
    return stacks


def _topic(line: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what a line decides: of several lines about it the last one counts."""
    kind, subject, target = line["kind"].removesuffix(".undone"), line["subject"], line["object"]
    if kind in (SAME, DIFFERENT):
        return SAME, subject, target
    if kind == DOCUMENTS:
        return kind, *sorted((subject, target))
    if kind == LABELLED:
        return kind, subject, target
    return (ACCEPTED if kind == REJECTED else kind), subject


def _replay(
    line: Mapping[str, Any],
    holding: Mapping[tuple[str, str, str], Decision],
    curation: Curation,
    sage: KnowledgeSage,
    database: Database,
) -> str:
    kind, subject, target = line["kind"], line["subject"], line["object"]
    if kind == DOCUMENTS:
        return _replay_verdict(line, sage, database)
    known = holding.get((kind.removesuffix(".undone"), subject, target))
    if kind.endswith(".undone"):
        if known is None:
            return "unchanged"
        curation.undo(known.seq, actor=line["actor"])
        return "replayed"
    if known is not None and dict(known.data) == line["data"]:
        return "unchanged"
    curation.decide(kind, subject, target, line["data"], actor=line["actor"])
    return "replayed"


def _replay_verdict(line: Mapping[str, Any], sage: KnowledgeSage, database: Database) -> str:
    with database.read() as connection:
        ids = [_document(connection, line[end]) for end in ("subject", "object")]
        if None in ids:
            return "waiting"
        first, second = sorted(str(i) for i in ids)
        same = bool(line["data"].get("same"))
        query = select(verdicts.c.same).where(
            verdicts.c.first_id == first, verdicts.c.second_id == second
        )
        if connection.execute(query).scalar_one_or_none() is same:
            return "unchanged"
    sage.decide(DocumentId(first), DocumentId(second), same=same, actor=line["actor"])
    return "replayed"


def _parsed(text: str, number: int) -> Mapping[str, Any]:
    line = from_json_text(text, f"line {number}")
    kinds = {*KINDS, *(f"{kind}.undone" for kind in KINDS), DOCUMENTS}
    wrong = [
        name
        for name, kind in (("kind", str), ("subject", str), ("object", str), ("data", dict))
        if not isinstance(line, dict) or not isinstance(line.get(name), kind)
    ]
    if wrong:
        what = f"{', '.join(wrong)} is missing or of the wrong type"
    elif line["kind"] not in kinds or line.get("format") != _FORMAT:
        what = "its kind or its format is unknown"
    else:
        what = _unfit(line["kind"], line["subject"], line["object"], line["data"])
    if what:
        raise InvalidInput(f"line {number} is no decision of this platform: {what}")
    return {**line, "actor": str(line.get("actor") or "replay")}


def _unfit(kind: str, subject: str, target: str, data: Mapping[str, Any]) -> str:
    """Say what a kind of decision lacks; empty where it is whole."""
    if not subject or (not target and kind in (SAME, DIFFERENT, RENAMED, LABELLED, DOCUMENTS)):
        return "its subject or its object is empty"
    if kind in (SAME, DIFFERENT) and subject == target:
        return "its subject is its object"
    if kind == LABELLED:
        value = data.get("value")
        if not (value and isinstance(value, str)):
            return "its data has no value"
        if target == Facet.KIND and value not in list(DocumentKind):
            return f"{value[:80]!r} is no kind of document"
    if kind == DOCUMENTS and not isinstance(data.get("same"), bool):
        return "its data does not say whether they are the same"
    return _unfit_intent(subject, target, data) if kind == INTENDED else ""


def _unfit_intent(subject: str, target: str, data: Mapping[str, Any]) -> str:
    query = data.get("query")
    if not isinstance(query, str) or one_spelling(query) != subject:
        return "its data has not the question that its subject is"
    if len(subject) > LONGEST_QUESTION:
        return f"its question has more than {LONGEST_QUESTION} characters"
    return "" if target in list(Intent) else f"{target[:80]!r} is no intent"


def _keys(connection: Connection, rows: Iterable[Any]) -> dict[str, str]:
    ids = {i for row in rows if row.kind == DOCUMENTS for i in (row.document_id, row.subject)}
    query = select(documents).where(documents.c.id.in_(sorted(ids)))
    return {d.id: document_key(d.collection, d.source_id) for d in connection.execute(query)}


def _document(connection: Connection, key: str) -> str | None:
    collection, _, source = key.partition("/")
    query = select(documents.c.id).where(
        documents.c.collection == collection, documents.c.source_id == source
    )
    return connection.execute(query).scalar_one_or_none()
