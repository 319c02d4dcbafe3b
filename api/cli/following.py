"""Make a home, look at it, and bring its followers up to date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from api.cli.ingesting import watch_lag
from api.cli.printing import (
    HomeOption,
    JsonOption,
    emit,
    lag_rows,
    open_home,
    progress_bar,
    reading,
    say,
    show_table,
)

if TYPE_CHECKING:
    from retrieval.following import Lag


def init(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Make a home (`ingest`, `import` and `serve` make it too, where it is missing)."""
    with open_home(home, background=False) as base:
        path = base.platform.parts.home.path
    if as_json:
        emit({"home": path})
    else:
        say(f"{path} is ready: `elders ingest FOLDER` takes documents in")


def follow(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Bring every follower up to date: embed what is new and index it."""
    with open_home(home, create=False) as base, progress_bar(shown=not as_json) as bar:
        done = base.wait(on_lag=watch_lag(bar))
        lags = base.lags()
    if as_json:
        emit({"done": done, "followers": lag_rows(lags)})
    else:
        _show_lags(lags)
    if not done:
        raise typer.Exit(1)


def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show what the home holds and how far each follower is behind the truth."""
    with reading(home) as base:
        state = base.status()
        place = base.platform.parts.database.location
    if as_json:
        emit(
            {
                "database": place,
                "counts": state.counts,
                "seq": state.seq,
                "held_by": state.held_by,
                "followers": lag_rows(state.followers),
            }
        )
        return
    show_table(f"What {place} holds", ["", "count"], list(state.counts.items()))
    _show_lags(state.followers)
    if state.held_by:
        say(f"held by {state.held_by}")


def _show_lags(lags: Sequence[Lag]) -> None:
    show_table(
        "Followers of the change log",
        ["follower", "position", "behind", "state"],
        [(lag.name, lag.position, lag.behind, lag.error or "well") for lag in lags],
    )
