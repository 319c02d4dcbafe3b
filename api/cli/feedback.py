"""Say what a search's answers were, and make judged queries of it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.deciding import described
from api.cli.printing import (
    CollectionOption,
    HomeOption,
    JsonOption,
    LimitOption,
    changing,
    day,
    emit,
    reading,
    say,
    show_table,
    tell,
    user,
)
from foundation.ids import FOREVER
from knowledge.questions import Intent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knowledge.curation import Decision
    from knowledge.feedback import Feedback

app = typer.Typer(
    help="What people say of what searches found.", no_args_is_help=True, rich_markup_mode=None
)


QueryOption = Annotated[str | None, typer.Option("--query", help="Only of this query.")]
EveryOption = Annotated[bool, typer.Option("--all", help="What holds no more too.")]
AfterOption = Annotated[int, typer.Option("--after", help="The last change seen.")]


_UNDO: Final = "undo"


class Said(StrEnum):
    """What can be said of an answer."""

    CLICKED = "clicked"
    USEFUL = "useful"
    WRONG = "wrong"
    UNDO = "undo"


class Target(StrEnum):
    """What a grade is for."""

    PASSAGE = "passage"
    DOCUMENT = "document"


@app.command()
def give(
    query: Annotated[str, typer.Argument(help="What was searched for.")],
    kind: Annotated[Said, typer.Argument(help="What the answer was; undo takes it back.")],
    home: HomeOption = None,
    chunk: Annotated[int | None, typer.Option("--chunk", help="The hit's chunk_id.")] = None,
    document: Annotated[
        str | None, typer.Option("--document", help="A whole document: its id or source id.")
    ] = None,
    collection: CollectionOption = None,
    rank: Annotated[
        int | None, typer.Option("--rank", help="Where it stood among the hits, from 1.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a passage or a document was as an answer to a query."""
    with changing(home) as base:
        done = base.feedback(
            query,
            chunk,
            kind.value,
            document=document,
            collection=collection,
            rank=rank,
            actor=user(),
        )
    if as_json:
        _emit(done)
    elif kind is Said.UNDO:
        say(f"taken back: {', '.join(each.kind.value for each in done)}")
    else:
        (said,) = done
        what = said.source_id if said.chunk_id is None else f"passage {said.chunk_id}"
        say(f"noted: {what} was {said.kind.value} for “{said.query}”")


@app.command(name="list")
def list_feedback(
    home: HomeOption = None,
    query: QueryOption = None,
    every: EveryOption = False,
    after: AfterOption = 0,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List what people said, oldest first."""
    with reading(home) as base:
        found = base.feedback.list(query=query, current=not every, after=after, limit=limit)
    if as_json:
        _emit(found)
        return
    if not found:
        say("nobody said anything yet: `elders feedback give` does")
        return
    rows = [
        (
            each.seq,
            day(each.at),
            each.actor,
            each.kind.value,
            each.query,
            each.source_id,
            "" if each.chunk_id is None else each.chunk_id,
            "" if each.rank is None else each.rank,
            "yes" if each.valid_to == FOREVER else f"to {each.valid_to}",
        )
        for each in found
    ]
    columns = ["change", "time", "who", "said", "query", "of", "passage", "rank", "holds"]
    show_table("Feedback", columns, rows)


@app.command()
def intent(
    query: Annotated[str, typer.Argument(help="What was asked.")],
    meant: Annotated[
        str,
        typer.Argument(
            metavar="INTENT",
            help=f"What the asker wanted: {', '.join(Intent)}; {_UNDO} takes it back.",
        ),
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what the asker of a query wanted; the platform learns from it."""
    with changing(home) as base:
        done = base.feedback.intent(query, meant, actor=user())
    if as_json:
        _emit_intents([done])
    elif meant == _UNDO:
        say(f"taken back: {described(done)}")
    else:
        say(f"noted: {described(done)}")


@app.command(name="intents")
def list_intents(
    home: HomeOption = None,
    query: QueryOption = None,
    every: EveryOption = False,
    after: AfterOption = 0,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List what people said that queries were after, oldest first."""
    with reading(home) as base:
        found = base.feedback.intents(query=query, current=not every, after=after, limit=limit)
    if as_json:
        _emit_intents(found)
        return
    if not found:
        say("nobody said what a query was after yet: `elders feedback intent` does")
        return
    rows = [
        (
            each.seq,
            day(each.at),
            each.actor,
            each.object,
            each.data["query"],
            "yes" if each.valid_to == FOREVER else f"to {each.valid_to}",
        )
        for each in found
    ]
    show_table("Intents", ["change", "time", "who", "intent", "query", "holds"], rows)


@app.command()
def judgements(
    home: HomeOption = None,
    by: Annotated[Target, typer.Option("--by", help="What is graded.")] = Target.PASSAGE,
    as_json: JsonOption = False,
) -> None:
    """Show feedback as grades: 2 useful, 1 clicked, 0 wrong."""
    with reading(home) as base:
        found = base.feedback.judgements(by=by.value)
    if as_json:
        from api.rendering_feedback import judgements_out

        emit(judgements_out(found))
        return
    rows = [(q, target, grade) for q, grades in found.items() for target, grade in grades.items()]
    show_table("Judgements", ["query", by.value, "grade"], rows)


@app.command(name="export")
def export_judged(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a judged set for `elders eval`: queries, grades, and the documents that hold."""
    with reading(home) as base:
        done = base.feedback.export(folder)
    tell(
        {"folder": folder, "queries": done},
        f"{done:,} judged queries are in {folder}: `elders eval {folder}` measures by them",
        as_json=as_json,
    )


def _emit(said: Sequence[Feedback]) -> None:
    from api.rendering_feedback import feedback_out

    emit(feedback_out(said))


def _emit_intents(said: Sequence[Decision]) -> None:
    from api.rendering_feedback import intents_out

    emit(intents_out(said))
