"""Jobs: what was uploaded to be taken in by and by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.printing import (
    HomeOption,
    JsonOption,
    LimitOption,
    day,
    emit,
    progress_bar,
    reading,
    say,
    searching,
    show_table,
    tell,
)
from foundation.clock import system_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress

    from ingest.jobs.model import Job

app = typer.Typer(
    help="Jobs of the server; these commands work beside it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_SHOWN = 20

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `elders jobs list` shows it.")]


@app.command(name="list")
def list_jobs(
    home: HomeOption = None,
    after: Annotated[str | None, typer.Option("--after", help="Only jobs older than this.")] = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List jobs, the newest first."""
    with reading(home) as base:
        found = base.jobs.list(after=after, limit=limit)
    if as_json:
        emit({"jobs": [_plain(job) for job in found]})
        return
    if not found:
        say("there are no jobs: `POST /v1/jobs` makes one")
        return
    rows = [
        (
            job.id,
            job.state.value,
            f"{job.done:,} of {job.total:,}",
            job.counts["failed"] or "",
            job.collection,
            job.asked.principal,
            day(job.created_at),
        )
        for job in found
    ]
    columns = ["id", "state", "documents", "failed", "collection", "asked by", "accepted"]
    show_table("Jobs", columns, rows)


@app.command()
def show(
    job_id: IdArgument,
    home: HomeOption = None,
    limit: LimitOption = _SHOWN,
    as_json: JsonOption = False,
) -> None:
    """Tell how a job is, and which of its documents failed."""
    with reading(home) as base:
        job = base.jobs.get(job_id)
        failures = base.jobs.errors(job_id, limit=limit)
    if as_json:
        emit({**_plain(job), "errors": failures})
        return
    say(_told(job))
    for failure in failures:
        say(f"failed: {failure.source_id[:200]}: {failure.reason}", indent=2)
    if (more := job.counts["failed"] - len(failures)) > 0:
        say(f"… and {more:,} more: --limit shows them", indent=2)


@app.command()
def cancel(job_id: IdArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """End a job after what it is at; what was taken in stays."""
    with reading(home) as base:
        job = base.jobs.cancel(job_id)
    tell(_plain(job), _told(job), as_json=as_json)


@app.command()
def retry(job_id: IdArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Queue a job again, for what failed in it and what it never came to."""
    with reading(home) as base:
        job = base.jobs.retry(job_id)
    tell(_plain(job), _told(job), as_json=as_json)


@app.command()
def wait(
    job_id: IdArgument,
    home: HomeOption = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", min=0.0, help="Seconds to wait at the most.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Wait until a job ends; where no server has the home, work on it here."""
    with searching(home) as base, progress_bar(shown=not as_json) as bar:
        job = base.jobs.wait(job_id, timeout_seconds=timeout, on_progress=_watch(bar))
    tell(_plain(job), _told(job), as_json=as_json)
    if job.state.value != "done" or job.counts["failed"]:
        raise typer.Exit(1)


def _watch(bar: Progress) -> Callable[[Job], None]:
    task = bar.add_task("waiting", total=None, rate="")

    def update(job: Job) -> None:
        rate = job.rate(system_clock())
        told = f"{rate:,.0f}/s" if rate else ""
        bar.update(
            task, description=job.stage.value, total=job.total, completed=job.done, rate=told
        )

    return update


def _told(job: Job) -> str:
    """Tell of a job in a line."""
    counts = ", ".join(f"{count:,} {name}" for name, count in job.counts.items() if count)
    parts = [f"{job.id}: {job.state}, {job.done:,} of {job.total:,} documents"]
    if counts:
        parts.append(counts)
    now = system_clock()
    if rate := job.rate(now):
        parts.append(f"{rate:,.1f} documents/s")
    left = job.seconds_left(now)
    if left:
        parts.append(f"about {left:,.0f} s left")
    if job.cancelling:
        parts.append("ends after what it is at")
    if job.reason:
        parts.append(job.reason)
    return "; ".join(parts)


def _plain(job: Job) -> dict[str, Any]:
    from api.rendering_jobs import job_out

    return job_out(job, system_clock()).model_dump()
