from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from elders.health.metrics import Figures, Rises
from elders.health.model import Check, Health, Layer, Status, graded, worst
from elders.health.platform import (
    ApplicationReading,
    BusinessReading,
    Decided,
    Following,
    SecurityReading,
    judge_application,
    judge_business,
    judge_security,
)
from elders.health.system import SystemReading, judge_system, read_system
from foundation.clock import Micros
from foundation.errors import InvalidInput, Unavailable

WELL = ApplicationReading(ready=True, latency_seconds=0.01, followers=[Following("lexical", 0)])


def statuses(layer: Layer) -> dict[str, str]:
    return {c.name: c.status.value for c in layer.checks if c.status is not Status.HEALTHY}


def test_all_is_as_the_worst_is() -> None:
    well, bad = Check("a", Status.HEALTHY, ""), Check("b", Status.WARNING, "", "mend b")
    worse = Check("c", Status.CRITICAL, "", "mend c")
    health = Health(Micros(0), [Layer("one", [well, bad]), Layer("two", [worse, bad])])
    assert [layer.status for layer in health.layers] == [Status.WARNING, Status.CRITICAL]
    assert health.status is Status.CRITICAL
    assert health.recommendations == ["mend c", "mend b"]
    assert worst([]) is Status.HEALTHY


@pytest.mark.parametrize(
    ("value", "status"), [(0.84, "healthy"), (0.85, "warning"), (0.95, "critical"), (9, "critical")]
)
def test_a_limit_is_as_bad_as_what_is_beyond(value: float, status: str) -> None:
    assert graded(value, 0.85, 0.95) == status


def test_this_machine_can_be_read(tmp_path: Path) -> None:
    reading = read_system(tmp_path)
    assert 0 < reading.memory_used < 1
    assert reading.disk_free_bytes > 0
    assert len(judge_system(reading).checks) == 3
    with pytest.raises(Unavailable, match="can't be asked"):
        read_system(tmp_path / "none")


def test_a_full_machine_is_told_with_advice() -> None:
    layer = judge_system(SystemReading(0.96, 10**9, 0.9, 10**9, 0.5))
    assert statuses(layer) == {"disk": "critical", "memory": "warning"}
    assert layer.checks[0].advice
    assert not layer.checks[2].advice


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (WELL, {}),
        (replace(WELL, ready=False), {"ready": "warning"}),
        (replace(WELL, latency_seconds=6), {"latency": "critical"}),
        (replace(WELL, followers=[Following("a", 2_000)]), {"followers": "warning"}),
        (replace(WELL, followers=[Following("a", 0, "broken")]), {"followers": "critical"}),
        (replace(WELL, left_alone=["redis"]), {"dependencies": "warning"}),
        (replace(WELL, shed=1), {"shedding": "warning"}),
    ],
)
def test_how_the_platform_works(reading: ApplicationReading, expected: dict[str, str]) -> None:
    assert statuses(judge_application(reading)) == expected


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (BusinessReading(), {}),
        (BusinessReading({"added": 5, "failed": 0}), {}),
        (BusinessReading({"added": 1, "failed": 1}), {"ingest": "warning"}),
        (BusinessReading({"added": 10, "failed": 10}), {"ingest": "critical"}),
        (BusinessReading(failed_jobs=1), {"jobs": "warning"}),
    ],
)
def test_what_the_platform_does_for_people(
    reading: BusinessReading, expected: dict[str, str]
) -> None:
    assert statuses(judge_business(reading)) == expected


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (SecurityReading(), {}),
        (SecurityReading({"token": Decided(5, 5)}), {}),
        (SecurityReading({"token": Decided(70, 30)}), {"denials": "warning"}),
        (SecurityReading({"token": Decided(5, 0, 1)}), {"denials": "critical"}),
        (SecurityReading({"behaviour": Decided(5, 1)}), {"alerts": "warning"}),
        (SecurityReading(audit=""), {}),
        (SecurityReading(audit="entry 3 was changed"), {"audit": "critical"}),
    ],
)
def test_what_the_layers_of_security_see(
    reading: SecurityReading, expected: dict[str, str]
) -> None:
    assert statuses(judge_security(reading)) == expected


def test_figures_are_read_from_a_page_of_metrics() -> None:
    figures = Figures(
        """
# TYPE elders_security_decisions counter
elders_security_decisions_total{layer="token",outcome="passed"} 7.0
elders_security_decisions_total{layer="token",outcome="refused"} 2.0
# TYPE elders_cache_answers counter
elders_cache_answers_total{how="memory"} 4.0
elders_cache_answers_total{how="miss"} 5.0
"""
    )
    assert figures.decisions() == {"token": Decided(7, 2, 0)}
    assert figures.total("elders_cache_answers_total") == 9
    assert figures.total("elders_cache_answers_total", how="miss") == 5
    with pytest.raises(InvalidInput, match="no page of metrics"):
        Figures("a{b} c d e f\n{}{")


def test_counts_are_judged_by_what_they_rose_by_since_a_look_of_some_minutes_ago() -> None:
    rises = Rises(600)
    looks = [(0.0, 5), (100.0, 7), (650.0, 7), (700.0, 9), (1_300.0, 9), (1_400.0, 2)]
    found = [rises.of({"shed": count}, at)["shed"] for at, count in looks]
    assert found == [5, 7, 2, 2, 2, 2]
    assert rises.of({"shed": 2, "new": 4}, 2_100.0) == {"shed": 0, "new": 4}
