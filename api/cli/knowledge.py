"""The main job: make a home, take documents in, find passages."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.printing import (
    CollectionOption,
    HomeOption,
    JsonOption,
    emit,
    open_home,
    progress_bar,
    say,
    searching,
    show_table,
)

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from ingest.pipeline import IngestReport, Progress
    from retrieval.following import Lag
    from retrieval.model import SearchResult


def init(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Make a home (the other commands make it too, where it is missing)."""
    with open_home(home, background=False) as base:
        path = base.platform.parts.home.path
    if as_json:
        emit({"home": path})
    else:
        say(f"{path} is ready: `elders ingest FOLDER` takes documents in")


def ingest(
    targets: Annotated[
        list[str],
        typer.Argument(help="Files, folders, .jsonl files, URLs, or - for standard input."),
    ],
    home: HomeOption = None,
    collection: Annotated[str, typer.Option("--collection", "-c", help="Where to.")] = "default",
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all is embedded too.")] = False,
    history: Annotated[
        bool, typer.Option("--history", help="The git history: each commit makes versions.")
    ] = False,
    include: Annotated[
        list[str] | None, typer.Option("--include", help="Only files that match (repeatable).")
    ] = None,
    source_id: Annotated[
        str | None, typer.Option("--source-id", help="The name of what standard input brings.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take documents in: parsed, deduplicated, versioned, and found by their words at once."""
    options: dict[str, Any] = {}
    if history:
        options["history"] = True
    if include:
        options["include"] = include
    if source_id:
        options["source_id"] = source_id
    outcomes = []
    with open_home(home) as base, progress_bar(shown=not as_json) as bar:
        started = time.perf_counter()
        for target in targets:
            watch = _watch(bar, target)
            report = base.ingest(target, collection=collection, on_progress=watch, **options)
            outcomes.append((target, report))
        if wait:
            base.wait(on_lag=_watch_lag(bar))
        seconds = time.perf_counter() - started
        lags = base.status().followers
    if as_json:
        emit([_report(target, report) for target, report in outcomes])
    else:
        for target, report in outcomes:
            _print_report(target, report)
        _print_lag(lags, seconds)
    if any(report.counts["failed"] for _, report in outcomes):
        raise typer.Exit(1)


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


def _watch_lag(bar: Bar) -> Callable[[Sequence[Lag]], None]:
    tasks: dict[str, Any] = {}
    first: dict[str, int] = {}

    def watch(lags: Sequence[Lag]) -> None:
        for lag in lags:
            if lag.name not in tasks:
                first[lag.name] = lag.behind
                tasks[lag.name] = bar.add_task(lag.name, total=max(1, lag.behind), rate="")
            bar.update(
                tasks[lag.name], completed=max(0, first[lag.name] - lag.behind), rate="changes"
            )

    return watch


def _report(target: str, report: IngestReport) -> dict[str, Any]:
    return {
        "target": target,
        "records": report.records,
        **{name: report.counts[name] for name in _OUTCOMES},
        "chunks": report.chunks,
        "seconds": {name: round(value, 3) for name, value in report.seconds.items()},
        "failures": [{"source_id": s, "reason": r} for s, r in report.failures],
    }


_OUTCOMES = ("added", "updated", "unchanged", "merged", "deleted", "failed")


def _print_report(target: str, report: IngestReport) -> None:
    counts = ", ".join(f"{report.counts[n]} {n}" for n in _OUTCOMES if report.counts[n])
    say(f"{target}: {report.records} records: {counts or 'nothing'}; {report.chunks} chunks")
    spent = ", ".join(f"{name} {value:.1f} s" for name, value in report.seconds.items())
    say(f"  {spent}")
    for source, reason in report.failures[:20]:
        say(f"  failed: {source}: {reason}")
    if len(report.failures) > 20:
        say(f"  … and {report.counts['failed'] - 20} more: --json lists them")


def _print_lag(lags: Sequence[Lag], seconds: float) -> None:
    behind = [lag for lag in lags if lag.behind]
    if behind:
        names = ", ".join(f"{lag.name} {lag.behind} changes" for lag in behind)
        say(f"Found by words now ({seconds:.1f} s). Still behind: {names}: `elders follow` goes on")
    else:
        say(f"Found by words and by meaning now ({seconds:.1f} s)")


def follow(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Bring every follower up to date: embed what is new and index it."""
    with open_home(home) as base, progress_bar(shown=not as_json) as bar:
        done = base.wait(on_lag=_watch_lag(bar))
        lags = base.status().followers
    if as_json:
        emit({"done": done, "followers": lags})
    else:
        _print_status_lags(lags)
    if not done:
        raise typer.Exit(1)


def search(
    query: Annotated[str, typer.Argument(help="A question or keywords, in any language.")],
    home: HomeOption = None,
    k: Annotated[int, typer.Option("-k", help="How many passages.")] = 5,
    collection: CollectionOption = None,
    where: Annotated[
        str | None, typer.Option("--filter", help='A JSON filter: {"year": {"$gte": 2024}}.')
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="What held then: a time or a change number.")
    ] = None,
    mode: Annotated[str, typer.Option("--mode", help="default, dense or lexical.")] = "default",
    as_json: JsonOption = False,
) -> None:
    """Find passages, with where they stand."""
    condition = _parse_filter(where)
    with searching(home) as base:
        base.platform.settle()
        result = base.search(
            query,
            k=k,
            collections=[collection] if collection else None,
            filter=condition,
            as_of=as_of,
            mode=mode,
        ).result
    if as_json:
        emit(result)
    else:
        _print_hits(result)


def _parse_filter(where: str | None) -> Any:  # noqa: ANN401 - any JSON; the filter's own parser judges it
    from foundation.errors import InvalidInput

    if where is None:
        return None
    try:
        return json.loads(where)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"--filter is no JSON object: {error}") from error


def _print_hits(result: SearchResult) -> None:
    for rank, hit in enumerate(result.hits, start=1):
        cited = hit.citation
        where = " › ".join(dict.fromkeys((cited.title or cited.source_id, *cited.heading)))
        parts = ", ".join(f"{name} {value:.2f}" for name, value in hit.parts.items())
        say(f"{rank}. {where}   [{hit.score:.2f}: {parts}]")
        say("   " + " ".join(hit.text.split())[:400])
        sources = ", ".join(source.source_id for source in cited.sources)
        say(f"   — {sources}, version {cited.version}, characters {cited.start}–{cited.end}")
    for note in result.notes:
        say(f"note: {note}")
    if not result.hits:
        say("nothing found")


def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show what the home holds and how far each follower is behind the truth."""
    with open_home(home, read_only=True) as base:
        state = base.status()
    if as_json:
        emit(
            {
                "counts": state.counts,
                "seq": state.seq,
                "held_by": state.held_by,
                "followers": [
                    {"name": lag.name, "position": lag.position, "behind": lag.behind}
                    for lag in state.followers
                ],
            }
        )
        return
    show_table("What there is", ["", "count"], list(state.counts.items()))
    _print_status_lags(state.followers)
    if state.held_by:
        say(f"held by {state.held_by}")


def _print_status_lags(lags: Sequence[Lag]) -> None:
    show_table(
        "Followers of the change log",
        ["follower", "position", "behind", "state"],
        [(lag.name, lag.position, lag.behind, lag.error or "well") for lag in lags],
    )
