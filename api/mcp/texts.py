"""Answers of tools as text: what a language model reads, without the fields that it can spare."""

from __future__ import annotations

from api.mcp.schemas import Found, Neighbourhood, Page, Passage, Remembered, Stated


def found_text(found: Found) -> str:
    """Write passages, each below where it stands."""
    count = _counted(len(found.passages), "passage")
    head = [f"{count} for “{found.query}” (as of change {found.seq})", *found.notes]
    return "\n\n".join(["\n".join(head), *(_passage_text(each) for each in found.passages)])


def page_text(page: Page) -> str:
    """Write a page, and where to go on."""
    title = f"{page.title} — " if page.title else ""
    state = ", deleted" if page.deleted else ""
    more = "" if page.next_start is None else f"; go on with start={page.next_start}"
    return (
        f"{title}{page.source_id} (document {page.document_id}, version {page.version}{state},"
        f" characters {page.start}–{page.end} of {page.length}{more})\n\n{page.text}"
    )


def neighbourhood_text(known: Neighbourhood) -> str:
    """Write what is known of an entity."""
    names = f"; also called {', '.join(known.also_called)}" if known.also_called else ""
    parts = [f"{known.name} ({known.kind}, in {_counted(known.passages, 'passage')}{names})"]
    if known.relations:
        parts.append("\n".join(["Stated:", *(_stated_text(each) for each in known.relations)]))
    if known.companions:
        lines = [
            f"- {each.name} ({_counted(each.passages, 'passage')}, {each.bits:.1f} bits beyond"
            " chance)"
            for each in known.companions
        ]
        parts.append("\n".join(["Named together with it:", *lines]))
    return "\n\n".join(parts)


def remembered_text(done: Remembered) -> str:
    """Write what became of a text."""
    if done.outcome == "merged":
        return (
            f"merged: {done.source_id} in {done.collection} says the same as document"
            f" {done.merged_into}, which stands for both"
        )
    return (
        f"{done.outcome}: {done.source_id} in {done.collection} (document {done.document_id},"
        f" version {done.version})"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _passage_text(passage: Passage) -> str:
    title = f"{passage.title} — " if passage.title else ""
    heading = f"{' › '.join(passage.heading)}\n" if passage.heading else ""
    also = f"; also in {', '.join(passage.also_in)}" if passage.also_in else ""
    return (
        f"[{passage.number}] {title}{passage.source_id} (document {passage.document_id}, version"
        f" {passage.version}, characters {passage.start}–{passage.end}, chunk"
        f" {passage.chunk_id}{also})\n{heading}{passage.text}"
    )


def _stated_text(stated: Stated) -> str:
    quotes = [f"  “{q.text}” (document {q.document_id}, chunk {q.chunk_id})" for q in stated.quotes]
    line = (
        f"- {stated.subject} | {stated.predicate} | {stated.object} (confidence"
        f" {stated.confidence:.2f}, {_counted(stated.proofs, 'proof')})"
    )
    return "\n".join([line, *quotes])
