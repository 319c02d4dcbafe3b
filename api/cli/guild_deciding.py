"""What waits for people in the guild, and what they decide."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from api.cli.printing import (
    HomeOption,
    JsonOption,
    LimitOption,
    day,
    emit,
    in_short,
    log_to_standard_error,
    say,
    show_table,
    tell,
)

MEMBERS: Final = "knowledge, rag, task, incident, claude-elder, grand-elder"

_ANSWERS: Final = {
    "opinion.asked": "answer, each with --approve or --object and a --reason",
    "improvement.suggested": "have it tried, or settle it",
}
"""What is to be said to commands that answer, by topic of what they answer."""

KindArgument = Annotated[str, typer.Argument(help="operation, or one that needs opinions.")]
TextArgument = Annotated[str, typer.Argument(help="What is decided.")]


def inbox(
    member: Annotated[
        str | None, typer.Option("--member", help=f"Whose: {MEMBERS}. Default: all.")
    ] = None,
    limit: LimitOption = 100,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what members were told and nobody settled yet: what is urgent first, then the newest."""
    from api.guild_deciding import answer_to
    from api.guild_deciding import inbox as look
    from elders.guild.members import members_named

    log_to_standard_error()
    found = look(home, members_named([member])[0] if member else None, limit)
    rows: list[dict[str, Any]] = [
        {
            "key": each.message.key,
            "member": each.message.recipient,
            "topic": each.message.topic,
            "sender": each.message.sender,
            "arrived": day(each.arrived_at),
            "waits": each.waits,
            "body": dict(each.message.body),
            "answer": answer_to(each.message),
        }
        for each in found.letters
    ]
    if as_json:
        emit({"inbox": rows, "left_out": found.left_out})
        return
    columns = ["key", "member", "topic", "sender", "arrived", "waits", "body"]
    for row in rows:
        row["body"] = in_short(row["body"])
    show_table("inbox", columns, [[row[name] for name in columns] for row in rows])
    if found.left_out:
        say(f"{found.left_out:,} more: settle some, or see more by --limit")
    for topic, how in _ANSWERS.items():
        if answers := [row["answer"] for row in rows if row["answer"] and row["topic"] == topic]:
            say(f"{how}:\n" + "\n".join(answers))


def settle(
    keys: Annotated[list[str], typer.Argument(help="Of what `elders guild inbox` lists.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take matters up: they rise no more, and are in no inbox any more."""
    from api.guild_deciding import settle as take_up

    log_to_standard_error()
    take_up(home, keys)
    tell({"settled": keys}, f"settled: {', '.join(keys)}", as_json=as_json)


def opine(
    sage: Annotated[str, typer.Argument(help="Whose: knowledge, rag, task or incident.")],
    kind: KindArgument,
    text: TextArgument,
    approves: Annotated[bool, typer.Option("--approve/--object", help="Whether it approves.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a Sage's opinion of a decision, of exactly this text."""
    from api import guild_deciding
    from elders.guild.members import members_named
    from elders.levels import GRAND_ELDER
    from elders.tree.council import Decision

    log_to_standard_error()
    (name,) = members_named([sage])
    decision = Decision(kind, text, GRAND_ELDER)
    lacking = guild_deciding.opine(home, name, decision, approves=approves, reason=reason)
    told = {"sage": name, "approves": approves, "reason": reason, "lacking": lacking}
    rest = f"it still lacks: {', '.join(lacking)}" if lacking else "it may be decided"
    tell(told, f"{name} {'approves' if approves else 'objects'}; {rest}", as_json=as_json)


def decide(
    kind: KindArgument,
    text: TextArgument,
    by: Annotated[
        str, typer.Option("--by", help="In whose name: claude-elder or grand-elder.")
    ] = "grand-elder",
    to: Annotated[
        list[str] | None,
        typer.Option("--to", help="Whom it concerns (repeatable). Default: the claude elder."),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask the Sages for the opinions that it lacks.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a decision in an elder's name: its process tells those whom it concerns."""
    from api import guild_deciding
    from elders.guild.members import members_named
    from elders.tree.council import Decision

    log_to_standard_error()
    recipients = members_named(to or ["claude-elder"])
    decision = Decision(kind, text, members_named([by])[0])
    made = guild_deciding.decide(home, decision, recipients, ask=ask)
    if made.key is None:
        told = f"asked: {', '.join(made.asked)}; decide once they have answered"
    else:
        told = f"decided; told to {', '.join(recipients)} as soon as that runs"
    value = {"key": made.key, "recipients": recipients, "asked": made.asked}
    tell(value, told, as_json=as_json)
