"""What waits for people, what they decided, and the log of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.cli.deciding import decided, decision_out, described, link_out
from api.cli.entities import reason
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

if TYPE_CHECKING:
    from knowledge.curation import Decision

app = typer.Typer(
    help="What waits for people, and what they decided.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(help="Any name of an entity.")]
Log = Annotated[Path, typer.Argument(help="The curation log; - is standard input or output.")]

_INDENT: Final = 3
_MOST: Final = 1_000
"""What waits is counted up to here."""

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
        curation = base.curation
        same = curation.duplicate_entities(limit=_MOST, meaning=meaning)
        against = curation.contradictions()
        poor = curation.low_quality(limit=_MOST)
        orphans = curation.orphans(limit=_MOST)
        held = [
            base.graph.entity(x.first).id == base.graph.entity(x.second).id for x in same[:limit]
        ]
        names = base.graph.spellings(end for link in same for end in (link.first, link.second))
    if as_json:
        emit(
            {
                "duplicate_entities": [link_out(link, names) for link in same],
                "contradictions": against,
                "low_quality": poor,
                "orphans": orphans,
            }
        )
        return
    _waits(
        "names that may be one entity: `elders curation merge` or `apart`",
        [
            f"{reason(link, names)} ({link.confidence:.2f}{', held for one now' if one else ''})"
            for link, one in zip(same, held, strict=False)
        ],
        limit,
    )
    _waits(
        "contradictions: `elders patterns show KEY`, then `elders curation settle KEY`",
        [f"{pattern.statement} — {pattern.key}" for pattern in against],
        limit,
    )
    _waits(
        "documents that say little: `elders documents show` or `elders curation label`",
        [f"{each.source_id}: {each.label.value} ({each.label.confidence:.2f})" for each in poor],
        limit,
    )
    _waits("entities that nothing is named with: `elders graph show`", orphans, limit)


@app.command()
def merge(first: Name, second: Name, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say that two names are of one entity."""
    with changing(home) as base:
        done = base.curation.merge(first, second, actor=user())
    _tell(f"“{first}” and “{second}” are one entity now", done, as_json=as_json)


@app.command()
def apart(first: Name, second: Name, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say that two names are not of one entity, whatever passages say."""
    with changing(home) as base:
        done = base.curation.keep_apart(first, second, actor=user())
    _tell(f"“{first}” and “{second}” are two entities now", done, as_json=as_json)


@app.command()
def split(name: Name, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Take a name out of its entity: it means something else than the other names."""
    with changing(home) as base:
        done = base.curation.split(name, actor=user())
    _tell(f"“{name}” stands for itself now", *done, as_json=as_json)


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
    _tell(f"“{name}” is called “{label}” now", done, as_json=as_json)


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
    _tell(f"{document}: {facet} is {value} now", done, as_json=as_json)


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
    _tell(f"{key} is settled", done, as_json=as_json)


@app.command()
def undo(
    seq: Annotated[int, typer.Argument(help="The decision's change number.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a decision back: what the machine holds counts again."""
    with changing(home) as base:
        done = base.curation.undo(seq, actor=user())
    tell(decision_out(done), f"taken back: {described(done)}", as_json=as_json)


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


def _waits(what: str, found: Sequence[str], limit: int) -> None:
    many = f"{len(found):,} or more" if len(found) >= _MOST else f"{len(found):,}"
    say(f"{many} {what}" if found else f"no {what.partition(':')[0]}")
    for text in found[:limit]:
        say(text, indent=_INDENT)


def _tell(text: str, *decisions: Decision, as_json: bool) -> None:
    out: Any = {"decisions": [decision_out(each) for each in decisions]}
    tell(out, decided(text, *decisions), as_json=as_json)
