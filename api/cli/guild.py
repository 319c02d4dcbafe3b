"""Run the guild's members, and look at them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.guild_dead import dead, discard, redeliver
from api.cli.guild_deciding import MEMBERS, decide, inbox, opine, settle
from api.cli.guild_improving import approve, suggestions
from api.cli.guild_incidents import alerts, incidents, judge, revert, undo
from api.cli.guild_rules import rules
from api.cli.guild_silences import silence, silences, unsilence
from api.cli.printing import (
    HomeOption,
    JsonOption,
    day,
    emit,
    log_to_standard_error,
    say,
    show_table,
    tell,
)

app = typer.Typer(
    help="The guild: Sages and elders as processes beside a platform that is served.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SageOption = Annotated[
    list[str] | None,
    typer.Option("--sage", help=f"A member to run (repeatable): {MEMBERS}. Default: all."),
]


@app.command()
def run(sage: SageOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Run members until a signal ends them; several processes need a broker."""
    from api.guild import run as run_members
    from elders.guild.members import members_named

    members = members_named(sage or [])

    def ready() -> None:
        tell({"members": members}, f"seated: {', '.join(members)}", as_json=as_json)
        sys.stdout.flush()

    log_to_standard_error()
    run_members(members, home, ready=ready)


@app.command()
def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Tell who is there, what waits for whom, and how far the latest learning cycle is."""
    from api.guild import status as look

    log_to_standard_error()
    found = look(home)
    rows: list[dict[str, Any]] = []
    for each in found.members:
        queued = found.queued.get(each.name)
        rows.append(
            {
                "member": each.name,
                "process": each.process,
                "there": each.is_there(found.at),
                "last_sign": day(each.beat_at),
                "waiting": queued and queued.waiting,
                "dead": queued and queued.dead,
            }
        )
    cycle = found.cycle and dict(zip(("id", "stage", "told"), found.cycle, strict=True))
    if as_json:
        told = {"members": rows, "missing": found.missing, "unsent": found.unsent, "cycle": cycle}
        emit(told)
        return
    columns = ["member", "process", "there", "last_sign", "waiting", "dead"]
    cells = [["" if row[name] is None else row[name] for name in columns] for row in rows]
    show_table("members", columns, cells)
    if found.missing:
        say(f"missing: {', '.join(found.missing)}")
    say(f"messages that no transport took yet: {found.unsent}")
    if cycle:
        say(f"cycle {cycle['id']}: {cycle['stage']}; told: {', '.join(cycle['told']) or 'nobody'}")


@app.command()
def keys(
    home: HomeOption = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where; by default `keys` beside the store.")
    ] = None,
    key_id: Annotated[
        str | None, typer.Option("--key-id", help="Names the key; by default this month.")
    ] = None,
    together: Annotated[
        bool,
        typer.Option("--together", help="Write guild.signing.json too: all members, one process."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Draw the keys of sealed envelopes: one file for all members, and another for each."""
    from api.guild import guild_folder
    from elders.alerts.sinks import tree as alerts
    from elders.guild.members import MEMBERS as NAMES
    from elders.health import guild as health
    from elders.transports.key_files import draw_keys, join_signing
    from foundation.clock import system_clock

    members = [*NAMES.values(), alerts.SERVANT, health.SERVANT]
    name = key_id or day(system_clock())[: len("2026-01")]
    folder = folder or guild_folder(home) / "keys"
    draw_keys(folder, members, key_id=name)
    if together:
        join_signing(folder, members)
    files = sorted(each.name for each in folder.iterdir())
    text = f"drew {len(files)} files in {folder}: each process needs keys.json and its own"
    tell({"folder": folder, "key_id": name, "files": files}, text, as_json=as_json)


_INBOX = (inbox, settle, opine, decide)
_INCIDENTS = (alerts, silence, unsilence, silences, incidents, judge, undo, revert, rules)
_IMPROVING = (suggestions, approve)
_DEAD = (dead, redeliver, discard)

for command in (*_INBOX, *_INCIDENTS, *_IMPROVING, *_DEAD):
    app.command()(command)
