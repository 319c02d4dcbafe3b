"""Say things to people (Rich) or to programs (`--json`)."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from foundation.clock import to_datetime

if TYPE_CHECKING:
    from rich.progress import Progress

    from api.knowledge_base import KnowledgeBase
    from knowledge.extraction.budget import Estimate
    from retrieval.following import Lag

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The home's folder (default: ELDERS_HOME).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
CollectionOption = Annotated[
    str | None, typer.Option("--collection", "-c", help="Only this collection.")
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="What held then: a time or a change number.")
]
LimitOption = Annotated[
    int, typer.Option("--limit", min=1, max=10_000, help="List at most so many.")
]

# Columns whose cells people copy.
_IDS: Final = ("id", "document", "group")
_BODY: Final = 200  # characters
_NOBODY: Final = "user"
_NARROW: Final = 6  # characters that any other column keeps
_WIDE: Final = 20_000  # characters: no terminal will fold what a file or a pipe takes
# A title must not move the cursor, colour the screen, or turn the line around.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def open_home(home: Path | None, **options: Any) -> KnowledgeBase:
    """Open the home that a command works on."""
    from api.knowledge_base import KnowledgeBase

    log_to_standard_error()
    return KnowledgeBase.open(home, **options)


def log_to_standard_error() -> None:
    """Keep events out of the answers."""
    from foundation.operations.logs import configure_logging
    from foundation.settings import load_settings

    settings = load_settings()
    configure_logging(settings.log_level, settings.log_format)


def reading(home: Path | None) -> KnowledgeBase:
    """Open the home just to look: nobody has to wait, whoever holds it."""
    return open_home(home, read_only=True)


def searching(home: Path | None) -> KnowledgeBase:
    """Open the home to search: its indexes are brought up to date unless another process does."""
    from foundation.errors import Conflict

    try:
        return open_home(home, background=False, create=False, patience_seconds=0.0)
    except Conflict:
        return reading(home)


def changing(home: Path | None) -> KnowledgeBase:
    """Open the home for one short change."""
    return open_home(home, background=False, create=False)


def user() -> str:
    """Name who changes something, as the operating system knows them."""
    import getpass

    from ingest.sources.naming import readable

    try:
        return readable(getpass.getuser()) or _NOBODY
    except (KeyError, OSError, ImportError):  # no such variable, and no such account
        return _NOBODY


def emit(value: object) -> None:
    """Print JSON, one object."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(plain(value), ensure_ascii=not unicode, indent=2)
    sys.stdout.write(text + "\n")


def plain(value: object) -> object:
    """Turn dataclasses, schemas, enums and paths into what JSON knows."""
    if hasattr(value, "model_dump"):  # asked so that no command has to import pydantic
        return value.model_dump()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str | Path):
        return str(value)
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return value


def lag_rows(lags: Sequence[Lag]) -> list[dict[str, object]]:
    """Lay out how far followers are, for JSON."""
    return [
        {"name": lag.name, "position": lag.position, "behind": lag.behind, "error": lag.error}
        for lag in lags
    ]


def harmless(text: str) -> str:
    """Replace what would control the terminal."""
    return _CONTROLS.sub("\ufffd", text)


def say(text: str, *, indent: int = 0) -> None:
    """Print a line, without markup; what a terminal folds of it stays indented."""
    line = harmless(text)
    if indent and sys.stdout.isatty():
        from rich.console import Console
        from rich.padding import Padding
        from rich.text import Text

        Console(highlight=False).print(Padding(Text(line), (0, 0, 0, indent), expand=False))
    else:
        sys.stdout.write(" " * indent + line + "\n")


def tell(value: object, text: str, *, as_json: bool) -> None:
    """Say what was done."""
    if as_json:
        emit(value)
    else:
        say(text)


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; ids stay whole, to be copied, and nothing is folded where no terminal is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=harmless(title), title_justify="left")
    cells = [[harmless(str(cell)) for cell in row] for row in rows]
    for place, column in enumerate(columns):
        longest = max((len(row[place]) for row in cells), default=0) if column in _IDS else None
        table.add_column(column, overflow="fold", no_wrap=column in _IDS, min_width=longest)
    for row in cells:
        table.add_row(*map(Text, row))
    console = Console(soft_wrap=True, highlight=False)
    fixed = sum((column.min_width or _NARROW) + 3 for column in table.columns) + 1
    console.width = max(console.width, fixed) if console.is_terminal else _WIDE
    console.print(table)


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Progress]:
    """Show stage, rate and time left on standard error, where somebody looks."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    error = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=error,
        disable=not (shown and error.is_terminal),
        transient=True,
    ) as progress:
        yield progress


def show_estimate(estimates: Sequence[Estimate], *, as_json: bool) -> None:
    """Say what a language model would cost, in the currency of the prices in the settings."""
    total = {
        name: sum(getattr(estimate, name) for estimate in estimates)
        for name in ("passages", "cached", "prompt_tokens", "completion_tokens", "cost")
    }
    if as_json:
        emit(total)
        return
    tokens = total["prompt_tokens"] + total["completion_tokens"]
    say(
        f"{total['passages']:,} passages, {total['cached']:,} of them read before; about"
        f" {tokens:,} tokens, {total['cost']:.2f} at the prices that are set; nothing was written"
    )


def in_short(body: Mapping[str, Any]) -> str:
    """Write the body of a message for a table: the beginning of a long one."""
    return json.dumps(body, ensure_ascii=False)[:_BODY]


def day(micros: int) -> str:
    """Write a moment for people."""
    return f"{to_datetime(micros):%Y-%m-%d %H:%M:%S}"
