"""Learn: patterns from what is current, and how to rank from judged questions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import patterns
from api.cli.printing import (
    HomeOption,
    JsonOption,
    LimitOption,
    emit,
    log_to_standard_error,
    reading,
    say,
    show_table,
)

if TYPE_CHECKING:
    from api.ranking import Trained

app = typer.Typer(rich_markup_mode=None)

Folders = Annotated[
    list[Path] | None,
    typer.Argument(help="Judged sets: corpus.jsonl, queries.jsonl, qrels.tsv in each."),
]

_SHOWN = ("ndcg@10", "recall@5")


@app.callback(invoke_without_command=True)
def learn(
    context: typer.Context,
    home: HomeOption = None,
    limit: LimitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Learn from all that is current, and tell what changed."""
    if context.invoked_subcommand is None:
        patterns.learn(home, limit, as_json)


@app.command()
def ranker(
    folders: Folders = None,
    home: HomeOption = None,
    feedback: Annotated[
        bool, typer.Option("--feedback", help="Learn from the home's own feedback, too.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the ranker here, not into the home.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="Keep the ingested corpora in this folder.")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="Leave out features that begin so (repeatable)."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Train the ranker on judged sets; it is kept if it beats fusion on held-back questions."""
    from api.ranking import learn_ranker
    from foundation.errors import InvalidInput
    from foundation.settings import load_settings
    from retrieval.ranking.ranker import OWN

    if not folders and not feedback:
        raise InvalidInput("name judged sets, or learn from the home's own by --feedback")
    log_to_standard_error()
    path = out or (home or load_settings().home) / OWN
    with _judged(folders or [], home, feedback=feedback) as sets:
        done = learn_ranker(
            sets,
            path,
            homes=keep,
            without=without or (),
            on_set=lambda name, count: None if as_json else say(f"{name}: {count:,} questions"),
        )
    if as_json:
        emit({**asdict(done), "passed": done.passed, "path": str(path) if done.passed else None})
        return
    _print(done)


@app.command()
def cycle(
    data: Annotated[
        Path | None,
        typer.Option("--data", help="The folder of the data sets (default: ELDERS_DATA)."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge how well the guild learns, on held-back cases of real data; it takes minutes."""
    from elders.judging.reading import data_folder
    from elders.judging.scoring import judge_all

    log_to_standard_error()
    report = judge_all(data_folder(data))
    if as_json:
        emit(report)
        return
    for name, each in report.kinds.items():
        say(
            f"kinds of incidents ({name}): {each.accuracy:.1%} of {each.judged} windows"
            f" (always the most frequent kind: {each.baseline:.1%}); {each.split}"
        )
    found, lasted = report.anomalies, report.durations
    say(
        f"anomalies: {found.found} of {found.windows} windows found, {found.false_alarms} false"
        f" alarms ({found.false_alarms_a_day:.3f} a day and series); {found.split}"
    )
    say(
        f"durations: {lasted.coverage:.1%} of {lasted.judged} within their interval"
        f" ({lasted.said:.0%} was said), × {lasted.width:.1f} wide; by kind alone"
        f" {lasted.baseline_coverage:.1%}, × {lasted.baseline_width:.1f}; {lasted.split}"
    )
    say(f"goal for kinds, {report.goal:.0%}: {'met' if report.goal_met else 'not met'}")


@contextmanager
def _judged(
    folders: Sequence[Path], home: Path | None, *, feedback: bool
) -> Iterator[Sequence[Path]]:
    """List the judged sets; what people said of answers is one of them, for as long as it takes."""
    with tempfile.TemporaryDirectory(prefix="elders-feedback-") as temporary:
        own = Path(temporary) / "own-feedback"
        if feedback:
            with reading(home) as base:
                base.feedback.export(own)
        yield [*folders, own] if feedback else folders


def _print(done: Trained) -> None:
    columns = ["set"]
    for measure in _SHOWN:
        columns += [f"{measure} fusion", "ranker", "not trained on it", "in use"]
    rows = []
    for verdict in done.verdicts:
        row = [verdict.name]
        for measure in _SHOWN:
            row += [f"{verdict.fused[measure]:.3f}", f"{verdict.held_back[measure]:.3f}"]
            row.append(f"{verdict.apart[measure]:.3f}" if verdict.apart else "—")
            row.append(f"{verdict.serving[measure]:.3f}" if verdict.serving else "—")
        rows.append(row)
    show_table("on questions that the ranker did not see", columns, rows)
    if done.passed:
        say(f"passed: written to {done.path}")
    else:
        say(
            "not kept: on some set it is worse than fusion or than the ranker in use,"
            " or no better on average"
        )
