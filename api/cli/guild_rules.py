"""By which rules the Incident Sage watches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.printing import HomeOption, JsonOption, emit, show_table, tell
from foundation.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from elders.incidents.rules import Rulebook

_MOST_BYTES = 512 * 1024


def rules(
    adopt: Annotated[
        Path | None,
        typer.Option("--adopt", help="A file of rules as `--json` prints them, to hold from now."),
    ] = None,
    *,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Have this release's hold, and what was learned.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the history.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the Incident Sage's rules, or have others hold: `elders guild revert` takes it back."""
    from api import guild_telling
    from elders.incidents.rules import DEFAULTS, write_rules

    if adopt is not None and defaults:
        raise InvalidInput("--adopt and --defaults name two books: give one")
    active = guild_telling.rules(home)
    if adopt is None and not defaults:
        written = write_rules(active.book)
        if as_json:
            emit({"version": active.version, "rules": written})
        else:
            _show(active.version, written)
        return
    book = _read(adopt) if adopt is not None else DEFAULTS
    if defaults:
        for each in active.book.rules:
            book = book.with_rule(each) if each.is_learned else book
    guild_telling.adopt(home, book, reason or "a person asked for it")
    count = len(book.rules)
    tell({"rules": count}, f"rules: {count}; told when the guild runs", as_json=as_json)


def _read(path: Path) -> Rulebook:
    from elders.incidents.rules import read_rules

    try:
        data = path.read_bytes()
        if len(data) > _MOST_BYTES:
            raise InvalidInput(f"{path} has {len(data)} bytes, and {_MOST_BYTES} are allowed")
        told = json.loads(data)
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{path} is no JSON: {error}") from error
    listed = told.get("rules") if isinstance(told, dict) else told
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise InvalidInput(f"{path} has no list of rules: `elders guild rules --json` shows one")
    return read_rules(listed)


def _show(version: int, written: list[dict[str, Any]]) -> None:
    columns = ["name", "series", "kind", "threshold", "rounds", "severity", "action"]
    cells = [[each[name] for name in columns] for each in written]
    show_table(f"rules, version {version}", columns, cells)
