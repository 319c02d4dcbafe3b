"""Look how everything is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from api.cli.printing import HomeOption, JsonOption, emit, reading, say, show_table

if TYPE_CHECKING:
    from elders.health.model import Health

_STATUSES: Final = {"healthy": 0, "warning": 1, "critical": 2}


def health(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Look at the machine, the home and the guild; exit with 0 healthy, 1 warning, 2 critical."""
    from api.rendering_health import health_out

    found = health_out(_look(home))
    if as_json:
        emit(found)
    else:
        rows = [
            (layer.name, check.name, check.status, check.reason)
            for layer in found.layers
            for check in layer.checks
        ]
        show_table(f"Health: {found.status}", ["layer", "check", "status", "reason"], rows)
        for advice in found.recommendations:
            say(f"- {advice}")
    if status := _STATUSES[found.status]:
        raise typer.Exit(status)


def _look(home: Path | None) -> Health:
    from api.auditing import open_audit
    from api.health import Checkup, unopened
    from api.homes import Home
    from foundation.clock import system_clock
    from foundation.errors import Unavailable
    from foundation.settings import load_settings

    settings = load_settings()
    try:
        base = reading(home)
    except Unavailable as error:
        return unopened(Home(home or settings.home), error, system_clock())
    with base:
        parts = base.platform.parts
        return Checkup(base, audit=open_audit(settings, parts.database, parts.home.path)).look()
