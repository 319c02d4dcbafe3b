"""Judge search on a set with known answers."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.cli.printing import JsonOption, emit, log_to_standard_error

if TYPE_CHECKING:
    from api.evaluating import Evaluation

_FIXED: Final = (
    "dataset", "documents", "queries", "modes", "latency_ms", "passages_per_second",
)  # fmt: skip
"""Keys of the JSON object that are always there; others are there where they were asked for."""


def evaluate(
    folder: Annotated[Path, typer.Argument(help="Holds corpus.jsonl, queries.jsonl, qrels.tsv.")],
    k: Annotated[
        list[int] | None, typer.Option("--k", min=1, max=100, help="Further cut-offs (repeatable).")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE: override a setting (repeatable).")
    ] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            "--compare",
            help="NAME=VALUE (repeatable): compare with this setting, or with mode=NAME.",
        ),
    ] = None,
    explain_losses: Annotated[
        int, typer.Option("--explain-losses", min=0, help="Explain so many of the worst queries.")
    ] = 0,
    stages: Annotated[
        bool, typer.Option("--stages", help="Tell how long each stage of a search takes.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="Keep the ingested corpus in this home.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write all figures into this file too.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest a judged set into a temporary home and measure every way to search it."""
    from api.evaluating import MODE
    from api.evaluating import evaluate as run

    log_to_standard_error()

    given = parse_settings(settings or [])
    other = parse_settings(compare or [], option="--compare", beside=(MODE,))
    found = run(folder, more_k=k or [], home=keep, other=other, explained=explain_losses, **given)
    if out:
        _write(out, found, given)
    _tell(found, stages=stages, explained=explain_losses > 0, as_json=as_json)


def _write(out: Path, found: Evaluation, settings: dict[str, Any]) -> None:
    from api.results import results, write_results

    write_results(out, results(found, settings=settings))


def _tell(found: Evaluation, *, stages: bool, explained: bool, as_json: bool) -> None:
    if found.failed:
        sys.stderr.write(f"{found.failed} documents of the corpus could not be taken in\n")
    if as_json:
        emit(_figures(found, stages=stages, explained=explained))
    else:
        from api.cli.verdicts import show_verdict

        show_verdict(found, stages=stages)


def _figures(found: Evaluation, *, stages: bool, explained: bool) -> dict[str, Any]:
    whole = dataclasses.asdict(found)
    wanted = {"stages_ms": stages, "contrast": found.contrast is not None, "losses": explained}
    return {name: whole[name] for name in _FIXED} | {
        name: whole[name] for name, asked in wanted.items() if asked
    }


def parse_settings(
    given: list[str], *, option: str = "--set", beside: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Read NAME=VALUE; values that are JSON are taken as such.

    Args:
        given: as they were written.
        option: where.
        beside: names that are no settings, but may be given too.

    Raises:
        InvalidInput: one has no `=`, or names no setting.
    """
    from foundation.errors import InvalidInput
    from foundation.settings import Settings

    parsed: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        names = [*beside, *(each for each in Settings.model_fields if each != "home")]  # --keep is
        if not equals or name not in names:
            known = ", ".join(names)
            raise InvalidInput(f"{option} {text!r}: write NAME=VALUE with one of {known}")
        try:
            parsed[name] = json.loads(value)
        except ValueError:
            parsed[name] = value
    return parsed
