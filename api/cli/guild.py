"""Run the guild's members, and look at them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.guild_dead import dead, discard, redeliver
from api.cli.guild_incidents import alerts, incidents, judge, revert, undo
from api.cli.guild_rules import rules
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

_MEMBERS = "knowledge, rag, task, incident, claude-elder, grand-elder"

_SHOWN = 200
"""Characters of a message's body that a table shows."""

SageOption = Annotated[
    list[str] | None,
    typer.Option("--sage", help=f"A member to run (repeatable): {_MEMBERS}. Default: all."),
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
def inbox(
    member: Annotated[
        str | None, typer.Option("--member", help=f"Whose: {_MEMBERS}. Default: all.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what members were told and nobody settled yet, the oldest first."""
    from api.guild import inbox as look
    from elders.guild.members import members_named

    log_to_standard_error()
    rows: list[dict[str, Any]] = [
        {
            "key": each.message.key,
            "member": each.message.recipient,
            "topic": each.message.topic,
            "sender": each.message.sender,
            "arrived": day(each.arrived_at),
            "waits": each.waits,
            "body": dict(each.message.body),
        }
        for each in look(home, members_named([member])[0] if member else None)
    ]
    if as_json:
        emit(rows)
        return
    columns = ["key", "member", "topic", "sender", "arrived", "waits", "body"]
    for row in rows:
        row["body"] = json.dumps(row["body"], ensure_ascii=False)[:_SHOWN]
    cells = [[row[name] for name in columns] for row in rows]
    show_table("inbox", columns, cells)


@app.command()
def settle(
    keys: Annotated[list[str], typer.Argument(help="Of what `elders guild inbox` lists.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take matters up: they rise no more, and are in no inbox any more."""
    from api.guild import settle as take_up

    log_to_standard_error()
    take_up(home, keys)
    tell({"settled": keys}, f"settled: {', '.join(keys)}", as_json=as_json)


@app.command()
def decide(
    kind: Annotated[str, typer.Argument(help="operation, or one that needs opinions.")],
    text: Annotated[str, typer.Argument(help="What is decided.")],
    by: Annotated[
        str, typer.Option("--by", help="In whose name: claude-elder or grand-elder.")
    ] = "grand-elder",
    to: Annotated[
        list[str] | None,
        typer.Option("--to", help="Whom it concerns (repeatable). Default: the claude elder."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a decision in an elder's name: its process tells those whom it concerns."""
    from api.guild import decide as made
    from elders.guild.members import members_named

    log_to_standard_error()
    recipients = members_named(to or ["claude-elder"])
    key = made(home, kind, text, members_named([by])[0], recipients)
    told = f"decided; told to {', '.join(recipients)} as soon as that runs"
    tell({"key": key, "recipients": recipients}, told, as_json=as_json)


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
    from elders.guild.members import MEMBERS
    from elders.health import guild as health
    from elders.transports.key_files import draw_keys, join_signing
    from foundation.clock import system_clock

    members = [*MEMBERS.values(), alerts.SERVANT, health.SERVANT]
    name = key_id or day(system_clock())[: len("2026-01")]
    folder = folder or guild_folder(home) / "keys"
    draw_keys(folder, members, key_id=name)
    if together:
        join_signing(folder, members)
    files = sorted(each.name for each in folder.iterdir())
    text = f"drew {len(files)} files in {folder}: each process needs keys.json and its own"
    tell({"folder": folder, "key_id": name, "files": files}, text, as_json=as_json)


for command in (alerts, incidents, judge, undo, revert, rules, dead, redeliver, discard):
    app.command()(command)
