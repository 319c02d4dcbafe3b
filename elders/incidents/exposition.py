"""The platform's own figures, from the text that Prometheus reads to series by second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from elders.incidents.model import Series, finite
from foundation.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class _Known:
    """What a metric of the platform becomes.

    Attributes:
        labels: those that are kept; series that differ in others alone are added up.
        only: values of labels that a sample must have.
        rate: whether it counts, and so is told by second.
    """

    series: str
    labels: Sequence[str] = ()
    only: Sequence[tuple[str, str]] = ()
    rate: bool = True


_METRICS: Final[Mapping[str, Sequence[_Known]]] = {
    "elders_head_seq": [_Known("business.changes")],
    "elders_follower_behind": [_Known("app.behind", ["follower"], rate=False)],
    "elders_follower_failing": [_Known("app.failing", ["follower"], rate=False)],
    "elders_requests_shed_total": [_Known("app.shed")],
    "elders_cache_answers_total": [
        _Known("business.searches"),
        _Known("business.answers", ["how"]),
    ],
    "elders_breaker_phase": [_Known("app.breaker", ["dependency"], rate=False)],
    "elders_request_seconds_count": [
        _Known("app.requests"),
        _Known("app.errors", only=[("status", "5xx")]),
    ],
    "elders_request_seconds_sum": [_Known("app.busy_seconds")],
    "elders_security_decisions_total": [
        _Known("security.refused", ["layer"], [("outcome", "refused")]),
        _Known("security.abnormal", (), [("outcome", "refused"), ("layer", "behaviour")]),
        _Known("security.failed", ["layer"], [("outcome", "failed")]),
        _Known("security.requests", (), [("outcome", "passed"), ("layer", "network")]),
    ],
}


def read_exposition(text: str) -> tuple[dict[Series, float], dict[Series, float]]:
    """Read the text format of Prometheus.

    Returns:
        What is told as it is, and what counts up.

    Raises:
        InvalidInput: it is no such text.
    """
    levels: dict[Series, float] = {}
    counts: dict[Series, float] = {}
    for name, labels, value in _samples(text):
        for known in _METRICS.get(name, ()):
            if any(labels.get(label) != wanted for label, wanted in known.only):
                continue
            series = Series.of(known.series, {each: labels.get(each, "") for each in known.labels})
            into = counts if known.rate else levels
            into[series] = into.get(series, 0.0) + value
    return finite(levels), finite(counts)


def _samples(text: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    from prometheus_client.parser import text_string_to_metric_families

    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                yield sample.name, sample.labels, float(sample.value)
    except (ValueError, IndexError, KeyError) as error:
        raise InvalidInput("the answer is no text of Prometheus: is it the platform?") from error


class Rates:
    """Turns counts into what they rise by in a second; a count that fell began anew."""

    def __init__(self) -> None:
        self._before: dict[Series, float] = {}
        self._seconds: float | None = None

    def of(self, counts: Mapping[Series, float], seconds: float) -> dict[Series, float]:
        """Answer rates since the last call; nothing the first time.

        Args:
            counts: as they are now.
            seconds: of any clock that does not go back.
        """
        before, since = self._before, self._seconds
        self._before, self._seconds = dict(counts), seconds
        if since is None or seconds <= since:
            return {}
        passed = seconds - since
        return {
            series: (count - known if count >= (known := before[series]) else count) / passed
            for series, count in counts.items()
            if series in before
        }


def with_latency(rates: Mapping[Series, float]) -> dict[Series, float]:
    """Add the mean time of a request, `app.latency_seconds`, where any were answered."""
    found = dict(rates)
    busy = found.pop(Series("app.busy_seconds"), None)
    requests = found.get(Series("app.requests"), 0.0)
    if busy is not None and requests > 0:
        found[Series("app.latency_seconds")] = busy / requests
    return found
