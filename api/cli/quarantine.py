"""Documents that are held because they look like attacks on language models."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.printing import (
    HomeOption,
    JsonOption,
    changing,
    emit,
    reading,
    say,
    show_table,
    tell,
    user,
)

if TYPE_CHECKING:
    from ingest.quarantine import Held

app = typer.Typer(
    help="Documents that look like attacks, and wait.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="As `elders quarantine list` names it.")]


@app.command(name="list")
def list_held(
    home: HomeOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    after: Annotated[str, typer.Option("--after", help="The name of the last one seen.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List what waits, with what was found in it."""
    with reading(home) as base:
        found = base.quarantine.list(after=after, limit=limit)
    if as_json:
        emit({"held": [_plain(each) for each in found]})
        return
    if not found:
        say("nothing is held")
        return
    rows = [
        (each.id, each.collection, each.source_id, each.title, _counted(each)) for each in found
    ]
    show_table("Held documents", ["name", "collection", "source", "title", "found"], rows)


@app.command()
def show(name: Name, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Print a held document's text, after what was found in it; nothing in it is invisible."""
    from foundation.security.injection.escaping import visible

    with reading(home) as base:
        held = base.quarantine.show(name)
    if as_json:
        emit(_plain(held))
        return
    say(f"{held.source_id} for {held.collection}: {visible(held.title)}")
    for each in held.found:
        say(f"characters {each.start} to {each.end}: {each.kind} ({each.reason})")
    say("")
    for line in held.text.splitlines():
        say(visible(line))


@app.command()
def release(name: Name, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Take a held document in, now and whenever it comes again unchanged."""
    with changing(home) as base:
        result = base.quarantine.release(name, actor=user())
    tell(result, f"{result.source_id}: {result.outcome}", as_json=as_json)


@app.command()
def discard(name: Name, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Throw a held document away; it is held again when it comes again."""
    with changing(home) as base:
        base.quarantine.discard(name)
    tell({"discarded": name}, f"{name} is gone", as_json=as_json)


def _counted(held: Held) -> str:
    counts = Counter(each.kind.value for each in held.found)
    return ", ".join(f"{count} × {kind}" for kind, count in sorted(counts.items()))


def _plain(held: Held) -> dict[str, Any]:
    fields = asdict(held)
    return {"name": fields.pop("id"), **fields}
