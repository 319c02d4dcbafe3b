"""What the guild suggests to improve, and the elder's yes to it."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from api.cli.printing import HomeOption, JsonOption, day, emit, show_table, tell

_LARGE: Final = 1_000


def suggestions(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List what could be improved that an elder is asked about: the newest of each kind."""
    from api import guild_telling

    names = ["kind", "knob", "value", "gain", "confidence", "risk", "reason"]
    rows = [
        {
            "id": each.message.key,
            "at": day(each.message.at),
            **{name: each.message.body.get(name) for name in names},
        }
        for each in guild_telling.suggestions(home)
    ]
    if as_json:
        emit({"suggestions": rows})
        return
    columns = ["id", "knob", "value", "gain", "confidence", "risk", "reason"]
    show_table("suggestions", columns, [[_shown(row[name]) for name in columns] for row in rows])


def approve(
    suggestion: Annotated[str, typer.Argument(help="Its id.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have the Incident Sage try what it suggested: it measures, and takes back what is in vain."""
    from api import guild_telling

    guild_telling.approve(home, suggestion)
    text = f"approved {suggestion}; it is tried when the guild runs"
    tell({"id": suggestion}, text, as_json=as_json)


def _shown(value: object) -> object:
    if not isinstance(value, float):
        return value
    return f"{value:,.0f}" if value >= _LARGE else f"{value:.3g}"
