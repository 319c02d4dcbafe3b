"""Look how everything is."""

from __future__ import annotations

from typing import Final

import typer

from api.cli.printing import HomeOption, JsonOption, emit, reading, say, show_table

_STATUSES: Final = {"healthy": 0, "warning": 1, "critical": 2}


def health(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Look at the machine, the home and the guild; exit with 0 healthy, 1 warning, 2 critical."""
    from api.auditing import open_audit
    from api.health import Checkup
    from api.rendering_health import health_out
    from foundation.settings import load_settings

    with reading(home) as base:
        parts = base.platform.parts
        audit = open_audit(load_settings(), parts.database, parts.home.path)
        found = health_out(Checkup(base, audit=audit).look())
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
