from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from benchmarks.credentials import credential
from foundation.operations.logs import configure_logging, hide_content

TOKEN = credential("github", "logs")
CARD = "4111 1111 1111 1111"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []  # pytest's own, which would be closed
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    out, err = captured.readouterr()
    assert out == "", "standard output is for answers"
    return [json.loads(line) for line in err.splitlines()]


def test_an_event_is_one_json_object_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    structlog.get_logger().info("chunk.indexed", document_id="d1", tokens=212, name="日本")
    (line,) = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "chunk.indexed",
        "level": "info",
        "document_id": "d1",
        "tokens": 212,
        "name": "日本",
    }


def test_events_below_the_level_are_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("warning", "json")
    log = structlog.get_logger()
    log.debug("a")
    log.info("b")
    log.warning("c")
    assert [line["event"] for line in lines(capsys)] == ["c"]


def test_people_get_a_readable_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "console")
    structlog.get_logger().info("chunk.indexed", tokens=212)
    out, err = capsys.readouterr()
    assert out == ""
    assert "chunk.indexed" in err
    assert "tokens=212" in err
    assert "\x1b" not in err, "colours are for terminals"


def test_other_libraries_records_come_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    logging.getLogger("psycopg.pool").warning("lost %s", "it")
    logging.getLogger("psycopg.pool").info("chatter")
    (line,) = lines(capsys)
    assert (line["event"], line["logger"], line["level"]) == ("lost it", "psycopg.pool", "warning")


@pytest.mark.parametrize("fmt", ["json", "console"])
def test_a_traceback_holds_no_local_variables(capsys: pytest.CaptureFixture[str], fmt: Any) -> None:
    configure_logging("info", fmt)
    document = "the text of a document " * 3
    try:
        _ = len(document) // 0
    except ZeroDivisionError:
        structlog.get_logger().exception("failed")
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err
    assert "the text of a document" not in err.replace(
        'document = "the text of a document " * 3', ""
    )


def test_secrets_and_texts_are_hidden_by_exact_name() -> None:
    event = {"event": "e", "password": "hunter2", "text": "long", "tokens": 3, "monkey": "key"}
    assert hide_content(None, "info", event) == {
        "event": "e",
        "password": "***",
        "text": "***",
        "tokens": 3,
        "monkey": "key",
    }


@pytest.mark.parametrize("fmt", ["json", "console"])
def test_no_secret_reaches_the_output_by_any_way(
    capsys: pytest.CaptureFixture[str], fmt: Any
) -> None:
    configure_logging("info", fmt)
    log = structlog.get_logger().bind(bound=f"for a@example.com {TOKEN}")
    event = f"event {TOKEN}"
    log.info(event, field=f"x {TOKEN}", nested={"a": [{"accessToken": "abcd"}, CARD]})
    log.warning("keys", apiKey="abcd", ssn=219091234, error=ValueError(f"bad {TOKEN}"))
    logging.getLogger("other").warning("card %s and %s", CARD, TOKEN)
    for line in capsys.readouterr().err.splitlines():
        assert not any(secret in line for secret in (TOKEN, CARD, "abcd", "219091234", "a@example"))


@pytest.mark.parametrize("fmt", ["json", "console"])
def test_no_secret_reaches_the_output_in_an_exception(
    capsys: pytest.CaptureFixture[str], fmt: Any
) -> None:
    configure_logging("info", fmt)

    def fail() -> None:
        raise ValueError(f"password={'hunter'}2 for {CARD}") from KeyError(TOKEN)

    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("other").exception("failed")
    err = capsys.readouterr().err
    assert err.count("ValueError") >= 2
    assert not any(secret in err for secret in (TOKEN, CARD, "hunter2"))


def test_innocent_fields_stay_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    fields = {
        "prompt_tokens": 12,
        "tokens": 480,
        "monkey": "see",
        "keyboard": "qwerty",
        "tokenizer": "unigram",
        "primary_key": "id",
        "document_id": "0190163d-8694-739b-aea5-966c26f8ad91",
        "seq": 1718092800123456,
        "took": 0.25,
        "none": None,
        "done": True,
        "ids": ["a", "b"],
    }
    structlog.get_logger().info("chat.answered", **fields)
    (line,) = lines(capsys)
    assert {name: line[name] for name in fields} == fields


def test_a_secret_is_not_saved_by_being_cut() -> None:
    (value,) = hide_content(None, "info", {"reason": "x" * 490 + " " + TOKEN}).values()
    assert TOKEN[:12] not in value
    (value,) = hide_content(None, "info", {"reason": TOKEN + " y" * 20_000}).values()
    assert TOKEN not in value
    assert "40040 characters" in value


def test_long_values_are_cut() -> None:
    (value,) = hide_content(None, "info", {"reason": "x" * 10_000}).values()
    assert len(value) < 600
    assert "10000 characters" in value


def test_importing_the_module_does_not_import_structlog() -> None:
    script = "import foundation.operations.logs, sys; sys.exit('structlog' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
