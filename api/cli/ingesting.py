"""Take documents in, and say what became of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.printing import (
    HomeOption,
    JsonOption,
    emit,
    lag_rows,
    open_home,
    progress_bar,
    say,
    show_estimate,
    user,
)

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from api.knowledge_base import KnowledgeBase
    from foundation.errors import GuildError
    from ingest.pipeline import IngestReport, Progress
    from retrieval.following import Lag

_OUTCOMES = ("added", "updated", "unchanged", "merged", "deleted", "failed")
_SHOWN = 20

_Targets = Annotated[
    list[str],
    typer.Argument(help="Files, folders, .jsonl files, URLs, or - for standard input."),
]
_Collection = Annotated[str, typer.Option("--collection", "-c", help="Where to.")]
_Wait = Annotated[bool, typer.Option("--wait", help="Wait until all is embedded too.")]
_History = Annotated[
    bool, typer.Option("--history", help="The git history: each commit makes versions.")
]
_Include = Annotated[
    list[str] | None, typer.Option("--include", help="Only files that match (repeatable).")
]
_SourceId = Annotated[
    str | None, typer.Option("--source-id", help="The name of what standard input brings.")
]
_DatedBy = Annotated[
    str | None, typer.Option("--dated-by", help="The key of a .jsonl line's own time.")
]
_Prefix = Annotated[
    str | None, typer.Option("--prefix", help="Put before the source ids of files.")
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Write nothing: say what a language model would cost.")
]


@dataclass(slots=True)
class _Intake:
    """What became of the targets so far; `stopped` is why the rest was not tried."""

    reports: list[tuple[str, IngestReport]] = field(default_factory=list)
    stopped: GuildError | None = None

    @property
    def well(self) -> bool:
        return not self.stopped and not any(r.counts["failed"] for _, r in self.reports)


def ingest(
    targets: _Targets,
    home: HomeOption = None,
    collection: _Collection = "default",
    wait: _Wait = False,
    history: _History = False,
    include: _Include = None,
    source_id: _SourceId = None,
    dated_by: _DatedBy = None,
    prefix: _Prefix = None,
    dry_run: _DryRun = False,
    as_json: JsonOption = False,
) -> None:
    """Take documents in: parsed, deduplicated, versioned, and found by their words at once."""
    given = {
        "history": history,
        "include": include,
        "source_id": source_id,
        "dated_by": dated_by,
        "prefix": prefix,
    }
    options: dict[str, Any] = {name: value for name, value in given.items() if value}
    if dry_run:
        with open_home(home, background=False) as base:
            show_estimate([base.estimate(target, **options) for target in targets], as_json=as_json)
        return
    started = time.perf_counter()
    with (
        open_home(home, background=True if wait else ["lexical"]) as base,
        progress_bar(shown=not as_json) as bar,
    ):
        intake = _take_in(base, targets, bar, collection=collection, actor=user(), **options)
        if wait and not intake.stopped:
            base.wait(on_lag=watch_lag(bar))
        lags = base.lags()
        seconds = time.perf_counter() - started
        _tell(intake, lags, seconds, as_json=as_json)
    if intake.stopped:
        raise intake.stopped
    if not intake.well or (wait and any(lag.error for lag in lags)):
        raise typer.Exit(1)


def _take_in(base: KnowledgeBase, targets: Sequence[str], bar: Bar, **options: Any) -> _Intake:
    """Ingest one target after the other: a bad one costs only itself, a full disk ends it all."""
    from foundation.errors import GuildError, InvalidInput
    from foundation.security.redaction.redacting import harmless
    from ingest.pipeline import IngestReport
    from knowledge.model import Outcome, Result

    intake = _Intake()
    for target in targets:
        report = IngestReport()
        intake.reports.append((target, report))
        try:
            done = base.ingest(
                target, on_result=report.add, on_progress=_watch(bar, target), **options
            )
            report.seconds = done.seconds
            report.protected, report.suspicious = done.protected, done.suspicious
        except InvalidInput as error:
            report.add(Result(target, Outcome.FAILED, reason=harmless(str(error))))
        except GuildError as error:
            intake.stopped = error
            break
    return intake


def _watch(bar: Bar, target: str) -> Callable[[Progress], None]:
    task = bar.add_task(target, total=None, rate="")
    started = time.perf_counter()

    def watch(progress: Progress) -> None:
        rate = progress.records / max(time.perf_counter() - started, 1e-6)
        bar.update(
            task,
            description=f"{progress.stage} {target[-40:]}",
            completed=progress.records,
            total=progress.total,
            rate=f"{rate:,.0f} records/s",
        )

    return watch


def watch_lag(bar: Bar) -> Callable[[Sequence[Lag]], None]:
    """Show how followers catch up."""
    tasks: dict[str, Any] = {}
    first: dict[str, int] = {}
    started = time.perf_counter()

    def watch(lags: Sequence[Lag]) -> None:
        for lag in lags:
            if lag.name not in tasks:
                first[lag.name] = lag.behind
                tasks[lag.name] = bar.add_task(lag.name, total=max(1, lag.behind), rate="")
            done = max(0, first[lag.name] - lag.behind)
            rate = done / max(time.perf_counter() - started, 1e-6)
            bar.update(tasks[lag.name], completed=done, rate=f"{rate:,.0f} changes/s")

    return watch


def _tell(intake: _Intake, lags: Sequence[Lag], seconds: float, *, as_json: bool) -> None:
    if as_json:
        emit(
            {
                "targets": [_report(target, report) for target, report in intake.reports],
                "seconds": round(seconds, 3),
                "followers": lag_rows(lags),
                "error": str(intake.stopped or ""),
            }
        )
        return
    for target, report in intake.reports:
        _print_report(target, report)
    if not intake.stopped:
        _print_lag(lags, seconds)


def _report(target: str, report: IngestReport) -> dict[str, Any]:
    return {
        "target": target,
        "records": report.records,
        **{name: report.counts[name] for name in _OUTCOMES},
        "chunks": report.chunks,
        "seconds": {name: round(value, 3) for name, value in report.seconds.items()},
        "sensitive": dict(report.protected),
        "suspicious": dict(report.suspicious),
        "failures": [{"source_id": s, "reason": r} for s, r in report.failures],
    }


def _print_report(target: str, report: IngestReport) -> None:
    counts = ", ".join(f"{report.counts[n]} {n}" for n in _OUTCOMES if report.counts[n])
    say(f"{target}: {report.records} records: {counts or 'nothing'}; {report.chunks} chunks")
    say("  " + ", ".join(f"{name} {value:.1f} s" for name, value in report.seconds.items()))
    if report.protected:
        say(f"  sensitive values: {_counted(report.protected)}")
    if report.suspicious:
        say(f"  instructions hidden in texts: {_counted(report.suspicious)}")
    for source, reason in report.failures[:_SHOWN]:
        say(f"  failed: {source[:200]}: {reason}")
    if len(report.failures) > _SHOWN:
        say(f"  … and {report.counts['failed'] - _SHOWN} more: --json lists them")


def _print_lag(lags: Sequence[Lag], seconds: float) -> None:
    for lag in lags:
        if lag.error:
            say(f"{lag.name} can't go on: {lag.error}")
    behind = [lag for lag in lags if lag.behind]
    if not behind:
        say(f"Found by words and by meaning now ({seconds:.1f} s)")
        return
    names = ", ".join(f"{lag.name} {lag.behind} changes" for lag in behind)
    found = "" if any(lag.name == "lexical" for lag in behind) else "Found by words now. "
    say(f"{found}Still behind: {names} ({seconds:.1f} s): `elders follow` goes on")


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
