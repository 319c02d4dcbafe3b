"""The platform, by what it tells of itself: its followers, its counts, its jobs, its audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from elders.health.model import Check, Layer, Status, advised, graded, worst

APPLICATION: Final = "application"
BUSINESS: Final = "business"
SECURITY: Final = "security"

_BEHIND: Final = (1_000, 100_000)
"""Changes; the embedder of a CPU needs an hour for the larger number."""

_LATENCY_SECONDS: Final = (1.0, 5.0)
_FAILED: Final = (0.05, 0.5)
_REFUSED: Final = (0.2, 0.8)
_FEWEST: Final = 50
"""Requests from which a share of them says something."""

_FEWEST_DOCUMENTS: Final = 10


@dataclass(frozen=True, slots=True)
class Following:
    """How far a follower is: `error` is why it can't go on."""

    name: str
    behind: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationReading:
    """How the platform works.

    Attributes:
        ready: whether all documents are found by their words.
        latency_seconds: how long the truth, or the platform, took to answer one short question.
        followers: how far each is behind.
        left_alone: dependencies that are given up at present.
        shed: requests that were refused lately because too many waited.
    """

    ready: bool
    latency_seconds: float
    followers: Sequence[Following] = ()
    left_alone: Sequence[str] = ()
    shed: int = 0


@dataclass(frozen=True, slots=True)
class BusinessReading:
    """What the platform does for people.

    Attributes:
        documents: of the last day's jobs, by outcome.
        failed_jobs: of the last day that could not go on.
        waiting_jobs: that nobody began yet.
        searches: that were answered, since the process began; None where it answers none.
    """

    documents: Mapping[str, int] = field(default_factory=dict)
    failed_jobs: int = 0
    waiting_jobs: int = 0
    searches: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a layer of security decided lately."""

    passed: int = 0
    refused: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class SecurityReading:
    """What the layers of security see.

    Attributes:
        decisions: by layer; none where there are no layers.
        audit: what is wrong with the audit log; "" for nothing, None where it was not looked at.
        audit_entries: how many of its entries were looked at.
    """

    decisions: Mapping[str, Decided] = field(default_factory=dict)
    audit: str | None = None
    audit_entries: int = 0


def judge_application(reading: ApplicationReading) -> Layer:
    """Judge how the platform works."""
    ready = Check(
        "ready",
        Status.HEALTHY if reading.ready else Status.WARNING,
        "all documents are found by their words"
        if reading.ready
        else "documents are not found yet",
        "Wait for the followers; `elders status` shows them.",
    )
    latency = Check(
        "latency",
        graded(reading.latency_seconds, *_LATENCY_SECONDS),
        f"one short question took {reading.latency_seconds * 1000:.0f} ms",
        "Look at the database and its disk: `elders doctor`.",
    )
    alone = Check(
        "dependencies",
        Status.WARNING if reading.left_alone else Status.HEALTHY,
        f"left alone: {', '.join(reading.left_alone)}" if reading.left_alone else "all are asked",
        "Look whether they run; they are tried again by themselves.",
    )
    shed = Check(
        "shedding",
        Status.WARNING if reading.shed else Status.HEALTHY,
        f"{reading.shed:,} requests were refused lately because too many waited",
        "Run more workers, or send fewer requests at once.",
    )
    return Layer(
        APPLICATION, [advised(each) for each in (ready, latency, _lags(reading), alone, shed)]
    )


def _lags(reading: ApplicationReading) -> Check:
    broken = [f"{each.name}: {each.error}" for each in reading.followers if each.error]
    behind = max(reading.followers, key=lambda each: each.behind, default=None)
    if broken:
        advice = "Run `elders doctor`; a follower's folder may be deleted, it is built anew."
        return Check("followers", Status.CRITICAL, "; ".join(broken)[:500], advice)
    if behind is None or not behind.behind:
        return Check("followers", Status.HEALTHY, "all have caught up")
    reason = f"{behind.name} is {behind.behind:,} changes behind"
    status = graded(behind.behind, *_BEHIND)
    return Check("followers", status, reason, "Wait, or add a machine that embeds.")


def judge_business(reading: BusinessReading) -> Layer:
    """Judge what the platform does for people."""
    total = sum(reading.documents.values())
    failed = reading.documents.get("failed", 0)
    share = failed / total if total >= _FEWEST_DOCUMENTS else 0.0
    told = ", ".join(f"{count:,} {name}" for name, count in reading.documents.items() if count)
    ingest = Check(
        "ingest",
        worst([graded(share, *_FAILED), Status.WARNING if failed else Status.HEALTHY]),
        f"documents of the last day's jobs: {told or 'none'}",
        "`elders jobs errors JOB` says why documents failed; `elders jobs retry JOB` tries again.",
    )
    jobs = Check(
        "jobs",
        Status.WARNING if reading.failed_jobs else Status.HEALTHY,
        f"{reading.failed_jobs:,} failed in the last day, {reading.waiting_jobs:,} wait",
        "`elders jobs list` shows them; mend the reason and try them again.",
    )
    counted = (
        "a server alone counts them"
        if reading.searches is None
        else (f"{reading.searches:,} answered since the server began")
    )
    searches = Check("searches", Status.HEALTHY, counted)
    return Layer(BUSINESS, [advised(each) for each in (ingest, jobs, searches)])


def judge_security(reading: SecurityReading) -> Layer:
    """Judge what the layers of security see."""
    return Layer(
        SECURITY,
        [advised(each) for each in (_denials(reading), _unusual(reading), _audit(reading))],
    )


def _denials(reading: SecurityReading) -> Check:
    if not reading.decisions:
        return Check("denials", Status.HEALTHY, "there are no layers of security in this process")
    blind = {name: each.failed for name, each in reading.decisions.items() if each.failed}
    if blind:
        told = ", ".join(f"{name} {count:,} times" for name, count in blind.items())
        advice = "A layer that fails refuses everything: look for `security.failed` in the log."
        return Check("denials", Status.CRITICAL, f"a layer could not judge lately: {told}", advice)
    refused = sum(each.refused for each in reading.decisions.values())
    passed = min(each.passed for each in reading.decisions.values())
    share = refused / (refused + passed) if refused + passed >= _FEWEST else 0.0
    return Check(
        "denials",
        graded(share, *_REFUSED),
        f"{refused:,} of {refused + passed:,} requests refused lately",
        "Look who is refused and why: `elders audit search --result denied`.",
    )


def _unusual(reading: SecurityReading) -> Check:
    refused = reading.decisions.get("behaviour", Decided()).refused
    return Check(
        "alerts",
        Status.WARNING if refused else Status.HEALTHY,
        f"{refused:,} requests refused lately for being unlike who asked",
        "Look at who it was: `elders audit search --operation security.*`.",
    )


def _audit(reading: SecurityReading) -> Check:
    if reading.audit is None:
        return Check("audit", Status.HEALTHY, "not looked at here: run `elders audit verify`")
    if reading.audit:
        return Check("audit", Status.CRITICAL, reading.audit, "Run `elders audit verify` and act.")
    return Check("audit", Status.HEALTHY, f"{reading.audit_entries:,} entries as they were written")
