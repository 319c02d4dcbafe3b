"""What the guild's broker could not deliver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.printing import (
    HomeOption,
    JsonOption,
    day,
    emit,
    in_short,
    log_to_standard_error,
    say,
    show_table,
    tell,
)

if TYPE_CHECKING:
    from elders.messages import Message

_MemberArgument = Annotated[str, typer.Argument(help="Whose, as `elders guild run` names them.")]


def dead(
    member: Annotated[
        str | None,
        typer.Option("--member", help="Whose, as `elders guild run` names them. Default: all."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List messages that could not be delivered, or failed too often; needs a broker."""
    from api.guild_dead import dead as look
    from elders.guild.members import members_named

    log_to_standard_error()
    _show(look(home, members_named([member] if member else [])), as_json=as_json)


def redeliver(member: _MemberArgument, as_json: JsonOption = False) -> None:
    """Send a member's dead messages again; what has expired, or fails again, is dead again."""
    from api.guild_dead import redeliver as send
    from elders.guild.members import members_named

    log_to_standard_error()
    (name,) = members_named([member])
    count = send(name)
    tell({"member": name, "sent": count}, f"sent again to {name}: {count}", as_json=as_json)


def discard(member: _MemberArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Throw a member's dead messages away, and print what they were."""
    from api.guild_dead import discard as remove
    from elders.guild.members import members_named

    log_to_standard_error()
    _show(remove(home, members_named([member])[0]), as_json=as_json)


def _show(messages: Sequence[Message], *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "member": each.recipient,
            "at": day(each.at),
            "sender": each.sender,
            "topic": each.topic,
            "key": each.key,
            "expires": each.expires_at and day(each.expires_at),
            "body": dict(each.body),
        }
        for each in messages
    ]
    if as_json:
        emit(rows)
        return
    columns = ["member", "at", "sender", "topic", "key", "expires", "body"]
    for row in rows:
        row["body"] = in_short(row["body"])
    show_table("dead", columns, [[row[name] or "" for name in columns] for row in rows])
    say(f"messages: {len(rows)}")
