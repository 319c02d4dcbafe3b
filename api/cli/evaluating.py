"""Judge search on a set with known answers."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.printing import JsonOption, emit, log_to_standard_error, say, show_table


def evaluate(
    folder: Annotated[Path, typer.Argument(help="Holds corpus.jsonl, queries.jsonl, qrels.tsv.")],
    k: Annotated[
        list[int] | None, typer.Option("--k", min=1, max=100, help="Further cut-offs (repeatable).")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE: override a setting (repeatable).")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="Keep the ingested corpus in this home.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest a judged set into a temporary home and measure dense, lexical and default search."""
    from api.evaluating import evaluate as run

    log_to_standard_error()
    found = run(folder, more_k=k or [], home=keep, **parse_settings(settings or []))
    if found.failed:
        sys.stderr.write(f"{found.failed} documents of the corpus could not be taken in\n")
    if as_json:
        figures = dataclasses.asdict(found)
        del figures["failed"]  # the object's keys are fixed
        emit(figures)
        return
    names = list(next(iter(found.modes.values())))
    rows = [
        [mode, *(f"{figures[name]:.3f}" for name in names)] for mode, figures in found.modes.items()
    ]
    title = f"{found.dataset}: {found.documents} documents, {found.queries} queries"
    show_table(title, ["mode", *names], rows)
    rate = found.passages_per_second
    say(
        f"{found.latency_ms['p50']:.1f} ms a query (p50), {found.latency_ms['p95']:.1f} ms (p95)"
        + ("" if rate is None else f"; {rate:.1f} passages ingested a second")
    )


def parse_settings(given: list[str]) -> dict[str, Any]:
    """Read NAME=VALUE; values that are JSON are taken as such.

    Raises:
        InvalidInput: one has no `=`, or names no setting.
    """
    from foundation.errors import InvalidInput
    from foundation.settings import Settings

    parsed: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        names = [each for each in Settings.model_fields if each != "home"]  # that is --keep
        if not equals or name not in names:
            known = ", ".join(names)
            raise InvalidInput(f"--set {text!r}: write NAME=VALUE with one of {known}")
        try:
            parsed[name] = json.loads(value)
        except ValueError:
            parsed[name] = value
    return parsed
