"""The host, and a platform that is really served, are measured and kept."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from elders.incidents.exposition import Rates, read_exposition, with_latency
from elders.incidents.host import Host
from elders.incidents.model import MICROS, Round, Series, read_series
from elders.incidents.monitoring import BLIND, PROBE, READY, UP, Monitoring
from elders.incidents.ring import Ring
from elders.incidents.rules import DEFAULTS, Kind
from elders.platform import Platform
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import InvalidInput
from tests.elders.alerts.sinks.receiving import HttpServer, http_server
from tests.elders.incidents.conftest import Served
from tests.elders.incidents.given import START, Watch, rounds, run

LABELS = st.dictionaries(
    st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=20), max_size=4
)


@given(st.from_regex(r"[a-z]+\.[a-z_]+", fullmatch=True), LABELS)
def test_a_series_is_read_as_it_is_written(name: str, labels: dict[str, str]) -> None:
    assert read_series(str(Series.of(name, labels))) == Series.of(name, labels)


@pytest.mark.parametrize("text", ["", "{a=b}", "name{a=b", "name{=b}", "name{a}"])
def test_what_is_no_series_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"series|label"):
        read_series(text)


def test_host_and_process_are_measured_in_bounds(tmp_path: Path) -> None:
    found = Host(tmp_path).read()
    for name in ("host.cpu", "host.memory", "host.disk", "host.swap"):
        assert 0 <= found[Series(name)] <= 100
    assert found[Series("host.load")] >= 0
    assert found[Series("process.memory_bytes")] > 1_000_000
    assert found[Series("process.threads")] >= 1


def test_a_process_that_is_gone_is_not_told_of(tmp_path: Path) -> None:
    found = Host(tmp_path, pid=2**22 - 1).read()
    assert not [each for each in found if each.name.startswith("process.")]


def test_a_served_platform_is_told_by_what_it_did_in_between(
    store: Database, watch: Watch, platform: Served, tmp_path: Path
) -> None:
    async def work() -> None:
        ring = Ring(store)
        async with Platform(platform.url, SecretStr(platform.key)) as asked:
            monitoring = Monitoring([Host(tmp_path).read], asked, ring, clock=watch)
            first = await monitoring.measure()
            body = {"query": "how does the okapi sleep?"}
            for _ in range(3):
                await asked.ask("POST", "v1/search", body=body)
            watch.pass_(10)
            second = await monitoring.measure()
        assert first.values[UP] == first.values[READY] == 1
        assert first.values[PROBE] > 0
        assert second.values[Series("app.requests")] > 0
        assert second.values[Series("app.latency_seconds")] > 0
        assert second.values[Series("business.searches")] > 0
        assert second.values[Series("security.requests")] > 0
        assert second.values[Series.of("app.behind", {"follower": "lexical"})] == 0
        assert second.values[Series.of("security.refused", {"layer": "rate"})] == 0
        assert await asyncio.to_thread(ring.read) == [first, second]

    run(work)


def test_a_platform_that_is_away_is_down_and_one_that_refuses_is_up(
    store: Database, watch: Watch, platform: Served
) -> None:
    async def work() -> None:
        async with Platform("http://127.0.0.1:9") as away:
            down = await Monitoring([], away, Ring(store), clock=watch).measure()
        assert down.values == {UP: 0.0, READY: 0.0}
        watch.pass_(10)
        async with Platform(platform.url, SecretStr("ek_wrong")) as stranger:
            blind = await Monitoring([], stranger, Ring(store), clock=watch).measure()
        assert blind.values == {UP: 1.0, BLIND: 1.0}

    run(work)


def test_a_platform_that_wants_to_be_asked_less_is_up(store: Database, watch: Watch) -> None:
    async def work() -> None:
        server = HttpServer(["429 Slowly"])
        async with http_server(server), Platform(server.url) as asked:
            seen = await Monitoring([], asked, Ring(store), clock=watch).measure()
        assert seen.values == {UP: 1.0, BLIND: 1.0}

    run(work)


def test_rounds_are_measured_at_the_interval_whatever_they_take(
    store: Database, watch: Watch
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        watch.pass_(seconds)
        if len(waits) == 3:
            raise asyncio.CancelledError

    async def handle(seen: Round) -> None:
        assert seen.values == {Series("a"): 1.0}
        watch.pass_(4)

    async def work() -> None:
        monitoring = Monitoring(
            [lambda: {Series("a"): 1.0}], None, Ring(store), clock=watch, sleep=sleep,
            monotonic=lambda: watch.now / MICROS,
        )  # fmt: skip
        with pytest.raises(asyncio.CancelledError):
            await monitoring.run(handle)
        assert waits == [6.0] * 3

    run(work)


def test_the_ring_forgets_what_is_old_and_what_is_too_much(store: Database) -> None:
    ring = Ring(store, kept_seconds=95, most=8)
    seen = rounds({"a": [float(n) for n in range(30)]})
    for each in seen:
        ring.add(each)
    assert ring.read() == seen[-8:]
    ring.add(Round(Micros(START + 10**9), {Series("a"): 0.0}))
    assert ring.count() == 1


def test_the_ring_reads_spans_and_the_newest(store: Database) -> None:
    ring = Ring(store)
    seen = rounds({"a": [float(n) for n in range(10)]})
    for each in random.Random(1).sample(seen, 10):
        ring.add(each)
    assert ring.read(seen[2].at, seen[5].at) == seen[2:6]
    assert ring.read(limit=3) == seen[-3:]


def test_counts_become_rates_and_begin_anew_with_the_platform() -> None:
    rates, series = Rates(), Series("app.requests")
    assert rates.of({series: 100.0}, 0.0) == {}
    assert rates.of({series: 150.0}, 10.0) == {series: 5.0}
    assert rates.of({series: 20.0}, 20.0) == {series: 2.0}
    assert with_latency({series: 2.0, Series("app.busy_seconds"): 0.5}) == {
        series: 2.0, Series("app.latency_seconds"): 0.25,
    }  # fmt: skip


def test_errors_are_counted_by_their_status_and_what_is_no_metric_is_refused() -> None:
    text = (
        "# TYPE elders_request_seconds histogram\n"
        'elders_request_seconds_count{operation="search",status="2xx"} 5.0\n'
        'elders_request_seconds_count{operation="read",status="5xx"} 2.0\n'
    )
    _, counts = read_exposition(text)
    assert counts == {Series("app.requests"): 7.0, Series("app.errors"): 2.0}
    with pytest.raises(InvalidInput, match="Prometheus"):
        read_exposition("<html>{")


def test_who_is_refused_for_being_unlike_themselves_is_an_incident() -> None:
    sample = 'elders_security_decisions_total{layer="%s",outcome="refused"} %d\n'
    rates, series = Rates(), Series("security.abnormal")
    values: list[float] = []
    for second, refused in enumerate((0, 0, 1)):
        text = (
            "# TYPE elders_security_decisions counter\n"
            + sample % ("token", second)
            + sample % ("behaviour", refused)
        )
        values += [rates.of(read_exposition(text)[1], 10.0 * second).get(series, 0.0)]
    assert values == [0.0, 0.0, 0.1]
    (rule,) = (each for each in DEFAULTS.of(series) if each.kind is Kind.ABOVE)
    assert rule.rounds == 1
    assert [value > rule.threshold for value in values] == [False, False, True]
