"""Documents and their versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.printing import (
    AsOfOption,
    CollectionOption,
    HomeOption,
    JsonOption,
    changing,
    day,
    emit,
    reading,
    say,
    show_table,
    tell,
    user,
)

if TYPE_CHECKING:
    from knowledge.model import Result

app = typer.Typer(help="Documents and their versions.", no_args_is_help=True, rich_markup_mode=None)

Reference = Annotated[str, typer.Argument(help="A document's id or its source id.")]


@app.command(name="list")
def list_documents(
    home: HomeOption = None,
    collection: CollectionOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    after: Annotated[int, typer.Option("--after", help="The number of the last one seen.")] = 0,
    deleted: Annotated[bool, typer.Option("--deleted", help="Only the deleted ones.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List documents, in the order in which they came."""
    with reading(home) as base:
        found = base.documents.list(
            collection=collection, limit=limit, after=after, deleted=deleted
        )
    if as_json:
        from api.rendering import document_line_out

        emit({"documents": [document_line_out(each) for each in found]})
        return
    rows = [(d.number, d.id, d.collection, d.source_id, d.title, d.version) for d in found]
    show_table("Documents", ["number", "id", "collection", "source", "title", "version"], rows)


@app.command()
def history(
    document: Reference,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """List a document's versions and what each changed."""
    with reading(home) as base:
        found = base.documents.history(document, collection=collection)
    if as_json:
        from api.rendering import version_out

        emit({"versions": [version_out(each) for each in found]})
        return
    rows = [(v.number, day(v.time_from), v.author, v.message, v.change["summary"]) for v in found]
    show_table(f"Versions of {document}", ["", "since", "author", "message", "change"], rows)


@app.command()
def log(
    document: Annotated[
        str | None, typer.Argument(help="Only this document's lines (its id, if it is purged).")
    ] = None,
    home: HomeOption = None,
    collection: CollectionOption = None,
    after: Annotated[int, typer.Option("--after", help="The last change seen.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what happened, who did it, and why: the lines of the change log."""
    with reading(home) as base:
        found = base.documents.log(document, collection=collection, after=after, limit=limit)
    if as_json:
        from api.rendering import change_out

        emit({"changes": [change_out(each) for each in found]})
        return
    rows = [
        (
            c.seq,
            day(c.at),
            c.kind,
            c.actor,
            c.document_id or "",
            c.subject,
            json.dumps(dict(c.details)),
        )
        for c in found
    ]
    columns = ["change", "time", "kind", "actor", "document", "subject", "details"]
    show_table("Change log", columns, rows)


@app.command()
def show(
    document: Reference,
    home: HomeOption = None,
    collection: CollectionOption = None,
    version: Annotated[int | None, typer.Option("--version", help="Its number.")] = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a document's text: now, at a moment, or of one version."""
    import sys

    with reading(home) as base:
        found = base.documents.show(document, version=version, as_of=as_of, collection=collection)
    if as_json:
        from api.rendering import version_out

        emit(version_out(found).model_dump() | {"text": found.text})
    else:
        sys.stdout.write(found.text)


@app.command()
def labels(
    document: Reference,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what a document is, who says so, and how well it reads."""
    with reading(home) as base:
        found = base.curation.labels(document, collection=collection)
        quality = base.curation.quality(document, collection=collection)
    if as_json:
        from api.rendering_learning import label_out, quality_out

        emit({"labels": [label_out(each) for each in found], "quality": quality_out(quality)})
        return
    rows = [(label.facet, label.value, f"{label.confidence:.2f}", label.origin) for label in found]
    show_table(f"What {document} is", ["facet", "value", "confidence", "said by"], rows)
    read = "not measured" if quality.readability is None else f"{quality.readability:.2f}"
    say(
        f"{quality.words:,} words, boilerplate {quality.boilerplate:.0%}; readability {read}"
        " (0 hard, 1 easy)"
    )


@app.command()
def diff(
    document: Reference,
    old: Annotated[int | None, typer.Argument(help="A version (the last but one).")] = None,
    new: Annotated[int | None, typer.Argument(help="A version (the last).")] = None,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what changed between two versions."""
    import sys

    with reading(home) as base:
        text = base.documents.diff(document, old, new, collection=collection)
    if as_json:
        emit({"diff": text})
    else:
        sys.stdout.write(text)


@app.command()
def rollback(
    document: Reference,
    version: Annotated[int, typer.Argument(help="The version to make current again.")],
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an earlier version's content current again, as a new version."""
    with changing(home) as base:
        result = base.documents.rollback(document, version, collection=collection, actor=user())
    _tell(result, f"rolled back to version {version}", as_json=as_json)


@app.command()
def delete(
    document: Reference,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete a document; its history stays."""
    with changing(home) as base:
        result = base.documents.delete(document, collection=collection, actor=user())
    _tell(result, "deleted: `elders documents restore` brings it back", as_json=as_json)


@app.command()
def restore(
    document: Reference,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a deleted document back."""
    with changing(home) as base:
        result = base.documents.restore(document, collection=collection, actor=user())
    _tell(result, "restored", as_json=as_json)


@app.command()
def purge(
    document: Reference,
    reason: Annotated[str, typer.Option("--reason", help="Why: it is all that will be left.")],
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove every byte of a document and its history, for good."""
    with changing(home) as base:
        seq = base.documents.purge(document, reason=reason, collection=collection, actor=user())
    text = f"{document} is gone from every store; change {seq} records that it was"
    tell({"purged": document, "seq": seq}, text, as_json=as_json)


def _tell(result: Result, done: str, *, as_json: bool) -> None:
    tell(result, f"{result.source_id}: {done} (version {result.version})", as_json=as_json)
