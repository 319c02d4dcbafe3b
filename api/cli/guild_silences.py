"""What people want to hear nothing of for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.printing import HomeOption, JsonOption, day, emit, show_table, tell, user

if TYPE_CHECKING:
    from elders.alerts.policy import Silence


def silence(
    conditions: Annotated[
        list[str], typer.Argument(help="""Such as 'service="db"': an alert must fulfil all.""")
    ],
    why: Annotated[str, typer.Option("--why", help="For those who wonder.")],
    seconds: Annotated[float, typer.Option("--seconds", help="How long.")] = 3_600,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have alerts not told for a while, critical ones too: they are counted."""
    from api import guild_telling

    made = guild_telling.silence(home, conditions, seconds=seconds, by=user(), why=why)
    tell(_row(made), f"silence {made.id}: until {day(made.until)} UTC", as_json=as_json)


def unsilence(
    silence: Annotated[str, typer.Argument(help="Its id.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a silence: what still fires is told soon."""
    from api import guild_telling

    guild_telling.unsilence(home, silence)
    tell({"id": silence}, f"silence {silence}: ended", as_json=as_json)


def silences(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the silences that hold, the first to end first."""
    from api import guild_telling

    rows = [_row(each) for each in guild_telling.silences(home)]
    if as_json:
        emit({"silences": rows})
        return
    columns = ["id", "until", "by", "conditions", "why"]
    cells = [[", ".join(row[n]) if n == "conditions" else row[n] for n in columns] for row in rows]
    show_table("silences", columns, cells)


def _row(silence: Silence) -> dict[str, Any]:
    return {
        "id": silence.id,
        "until": day(silence.until),
        "by": silence.by,
        "conditions": [each.text for each in silence.matchers],
        "why": silence.reason,
    }
