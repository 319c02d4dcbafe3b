"""What the guild's alerts and incidents are, and what people say of them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.printing import (
    HomeOption,
    JsonOption,
    day,
    emit,
    show_table,
    tell,
    user,
)

_SOON = "it is told when the guild runs"


def alerts(
    acknowledge: Annotated[
        str | None, typer.Option("--acknowledge", help="The id of an alert that was worth telling.")
    ] = None,
    acted: Annotated[
        str | None, typer.Option("--acted", help="The id of an alert on which you acted.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the alerts that were told, or say what became of one."""
    from api.guild_telling import respond, told
    from elders.alerts.learning import Response

    if asked := acted or acknowledge:
        response = Response.ACTED if acted else Response.ACKNOWLEDGED
        taken_up = respond(home, asked, response, by=user())
        text = f"alert {asked}: {response.value}; {taken_up} matters taken up that waited"
        tell({"id": asked, "response": response, "taken_up": taken_up}, text, as_json=as_json)
        return
    rows = [
        {
            "id": each.notice.composite,
            "at": day(each.notice.at),
            "kind": each.notice.kind.value,
            "severity": each.notice.severity.value,
            "title": each.notice.title,
            "response": each.response and each.response.value,
        }
        for each in told(home)
    ]
    if as_json:
        emit({"alerts": rows})
        return
    columns = ["id", "at", "kind", "severity", "title", "response"]
    show_table("alerts", columns, [[row[name] or "" for name in columns] for row in rows])


def incidents(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List incidents, what was done about them, and the versions of the rules."""
    from api.guild_telling import incident_book

    found = incident_book(home)
    lists: dict[str, list[dict[str, Any]]] = {
        "incidents": [
            {
                "id": each.id,
                "begun": day(each.begun),
                "over": each.ended is not None,
                "real": each.real,
                "what": each.findings[0].reason,
            }
            for each in found.incidents
        ],
        "actions": [
            {"number": e.number, "at": day(e.at), "name": e.name, "state": e.state.value,
             "reason": e.reason}
            for e in found.actions
        ],
        "rules": [
            {"version": e.version, "at": day(e.at), "reason": e.reason} for e in found.versions
        ],
    }  # fmt: skip
    if as_json:
        emit(lists)
        return
    columns = {
        "incidents": ["id", "begun", "over", "real", "what"],
        "actions": ["number", "at", "name", "state", "reason"],
        "rules": ["version", "at", "reason"],
    }
    for name, rows in lists.items():
        cells = [["" if row[each] is None else row[each] for each in columns[name]] for row in rows]
        show_table(name, columns[name], cells)


def judge(
    incident: Annotated[str, typer.Argument(help="Its id.")],
    real: Annotated[bool, typer.Option("--real/--false", help="Whether it was one.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have the Incident Sage know whether an incident was one: it learns of it."""
    from api import guild_telling

    guild_telling.judge(home, incident, real=real)
    text = f"{incident}: {'real' if real else 'a false alarm'}; {_SOON}"
    tell({"id": incident, "real": real}, text, as_json=as_json)


def undo(
    number: Annotated[int, typer.Argument(help="Of the action.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "a person asked for it",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have the Incident Sage undo an action."""
    from api import guild_telling

    guild_telling.undo(home, number, reason)
    tell({"number": number, "reason": reason}, f"undo {number}; {_SOON}", as_json=as_json)


def revert(
    version: Annotated[int, typer.Argument(help="Of the rules.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have the Incident Sage go by an earlier version of its rules."""
    from api import guild_telling

    guild_telling.revert(home, version)
    tell({"version": version}, f"rules as in version {version}; {_SOON}", as_json=as_json)
