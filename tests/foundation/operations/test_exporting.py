from __future__ import annotations

import sys
from collections.abc import Mapping

import pytest
import structlog
from structlog.testing import capture_logs

from foundation.operations.exporting import exporting, wanted
from foundation.operations.tracing import passed, span, traced

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    "environment",
    [
        ENDPOINT,
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"},
        {"OTEL_TRACES_EXPORTER": "otlp"},
        {**ENDPOINT, "OTEL_TRACES_EXPORTER": "OTLP", "OTEL_SDK_DISABLED": "false"},
        {**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
        {
            **ENDPOINT,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
        },
    ],
)
def test_a_named_collector_switches_it_on(environment: Mapping[str, str]) -> None:
    with capture_logs() as told:
        assert wanted(environment)
    assert told == []


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_SERVICE_NAME": "guild"},
        {**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"},
        {**ENDPOINT, "OTEL_SDK_DISABLED": "true"},
    ],
)
def test_nothing_else_does(environment: Mapping[str, str]) -> None:
    with capture_logs() as told:
        assert not wanted(environment)
    assert told == []


@pytest.mark.parametrize(
    "variables",
    [{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, {"OTEL_TRACES_EXPORTER": "zipkin"}],
)
def test_what_is_not_spoken_is_said_and_keeps_nothing_from_running(
    variables: Mapping[str, str],
) -> None:
    with capture_logs() as told, exporting({**ENDPOINT, **variables}):
        assert not traced()
    (line,) = told
    assert (line["event"], line["log_level"]) == ("tracing.off", "warning")
    assert "http/protobuf" in line["reason"]


def test_so_is_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    monkeypatch.setitem(sys.modules, module, None)
    with capture_logs() as told, exporting(ENDPOINT):
        assert not traced()
    assert ["elders-guild[otel]" in line["reason"] for line in told] == [True]


def test_so_are_numbers_that_do_not_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra `otel`")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "1")
    with capture_logs() as told, exporting(ENDPOINT):
        assert not traced()
    assert ["OTEL_*" in line["reason"] for line in told] == [True]


def test_where_nobody_takes_spans_work_and_errors_go_through() -> None:
    with span("work", documents=1):
        assert structlog.contextvars.get_contextvars() == {}
        passed("stage", 0.1)
    with pytest.raises(KeyError), span("work"):
        raise KeyError
