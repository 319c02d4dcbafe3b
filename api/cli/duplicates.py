"""Duplicates: what was merged, what waits for review, and people's decisions."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.printing import (
    CollectionOption,
    HomeOption,
    JsonOption,
    changing,
    emit,
    reading,
    show_table,
    tell,
    user,
)

app = typer.Typer(help="Groups of duplicates.", no_args_is_help=True, rich_markup_mode=None)


@app.command(name="list")
def list_groups(
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """List merged groups, pairs for review, and pairs kept apart."""
    with reading(home) as base:
        groups = base.duplicates.list(collection=collection)
    if as_json:
        emit({"groups": groups})
        return
    rows = [
        (group.id, group.kind, group.decision.value, member.source_id, f"{member.similarity:.3f}")
        for group in groups
        for member in group.members
    ]
    show_table("Duplicates", ["group", "kind", "decision", "source", "similarity"], rows)


@app.command()
def split(
    group: Annotated[str, typer.Argument(help="The group's id.")],
    document: Annotated[str, typer.Argument(help="The document that is no duplicate.")],
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a document out of its group, for good."""
    with changing(home) as base:
        base.duplicates.split(group, document, collection=collection, actor=user())
    tell({"split": document, "from": group}, f"{document} stands for itself now", as_json=as_json)


@app.command()
def merge(
    documents: Annotated[list[str], typer.Argument(help="Two or more documents.")],
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that documents say the same."""
    with changing(home) as base:
        base.duplicates.merge(*documents, collection=collection, actor=user())
    tell({"merged": documents}, f"{len(documents)} documents are one group now", as_json=as_json)
