"""What waits for people, what they decided, and the log of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.deciding import described, tell_decided
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
from api.cli.waiting import print_todo, read_todo, todo_out
from foundation.ids import FOREVER

app = typer.Typer(
    help="What waits for people, and what they decided.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(help="Any name of an entity.")]
Log = Annotated[Path, typer.Argument(help="The curation log; - is standard input or output.")]

_STANDARD: Final = Path("-")


@app.command(name="list")
def list_decisions(
    home: HomeOption = None,
    every: Annotated[bool, typer.Option("--all", help="Those that hold no more too.")] = False,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List what people decided, the newest last."""
    with reading(home) as base:
        found = base.curation.decisions(current=not every)[-limit:]
    if as_json:
        from api.rendering_learning import decision_out

        emit({"decisions": [decision_out(each) for each in found]})
        return
    if not found:
        say("nothing is decided yet: `elders curation todo` shows what waits")
        return
    rows = [
        (
            d.seq,
            day(d.at),
            d.actor,
            described(d),
            "yes" if d.valid_to == FOREVER else f"to {d.valid_to}",
        )
        for d in found
    ]
    show_table("Decisions", ["change", "time", "who", "decision", "holds"], rows)


@app.command()
def todo(
    home: HomeOption = None,
    meaning: Annotated[
        bool, typer.Option("--meaning", help="Compare what names mean too, which takes longer.")
    ] = False,
    limit: LimitOption = 3,
    as_json: JsonOption = False,
) -> None:
    """Show what waits for people: how much, the first of each, and what to do about it."""
    with reading(home) as base:
        found = read_todo(base, meaning=meaning, shown=limit)
    if as_json:
        emit(todo_out(found))
    else:
        print_todo(found, limit)


@app.command()
def merge(first: Name, second: Name, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say that two names are of one entity."""
    with changing(home) as base:
        done = base.curation.merge(first, second, actor=user())
    tell_decided(f"“{first}” and “{second}” are one entity now", done, as_json=as_json)


@app.command()
def apart(first: Name, second: Name, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say that two names are not of one entity, whatever passages say."""
    with changing(home) as base:
        done = base.curation.keep_apart(first, second, actor=user())
    tell_decided(f"“{first}” and “{second}” are two entities now", done, as_json=as_json)


@app.command()
def split(name: Name, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Take a name out of its entity: it means something else than the other names."""
    with changing(home) as base:
        done = base.curation.split(name, actor=user())
    tell_decided(f"“{name}” stands for itself now", *done, as_json=as_json)


@app.command()
def rename(
    name: Name,
    label: Annotated[str, typer.Argument(help="What people shall see.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an entity the label that people see."""
    with changing(home) as base:
        done = base.curation.rename(name, label, actor=user())
    tell_decided(f"“{name}” is called “{label}” now", done, as_json=as_json)


@app.command()
def label(
    document: Annotated[str, typer.Argument(help="A document's id or its source id.")],
    facet: Annotated[str, typer.Argument(help="kind, topic, language, quality or your own.")],
    value: Annotated[str, typer.Argument(help="Such as how-to, incident or reference.")],
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a document is; the machine learns from it."""
    with changing(home) as base:
        done = base.curation.label(document, facet, value, collection=collection, actor=user())
    tell_decided(f"{document}: {facet} is {value} now", done, as_json=as_json)


@app.command()
def settle(
    key: Annotated[str, typer.Argument(help="A contradiction's key.")],
    home: HomeOption = None,
    note: Annotated[str, typer.Option("--note", help="What was found.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Say that a contradiction was looked into; it waits no more."""
    with changing(home) as base:
        done = base.curation.settle(key, note, actor=user())
    tell_decided(f"{key} is settled", done, as_json=as_json)


@app.command()
def undo(
    seq: Annotated[int, typer.Argument(help="The decision's change number.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a decision back: what the machine holds counts again."""
    with changing(home) as base:
        done = base.curation.undo(seq, actor=user())
    if as_json:
        from api.rendering_learning import decision_out

        emit({"decisions": [decision_out(done)]})
    else:
        say(f"taken back: {described(done)}")


@app.command(name="export")
def export_log(file: Log, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Write every decision as a line of JSON, in order, to a new file."""
    with reading(home) as base:
        if file == _STANDARD:
            sys.stdout.writelines(f"{line}\n" for line in base.curation.log())
            return
        done = base.curation.export(file)
    tell({"file": file, "decisions": done}, f"{done:,} decisions are in {file}", as_json=as_json)


@app.command()
def replay(file: Log, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Take decisions in again, here or in another home; it may be repeated."""
    with changing(home) as base:
        source = _standard_input() if file == _STANDARD else file
        found = base.curation.replay(source)
    done = {name: found.get(name, 0) for name in ("replayed", "unchanged", "waiting")}
    text = ", ".join(f"{number:,} {name}" for name, number in done.items())
    tell(done, f"{text} (waiting: for documents that are not here)", as_json=as_json)


def _standard_input() -> list[str]:
    from foundation.errors import InvalidInput

    try:
        return sys.stdin.buffer.read().decode().split("\n")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"standard input is not UTF-8: {error}") from error
