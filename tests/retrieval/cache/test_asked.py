from __future__ import annotations

from pathlib import Path

import pytest

from foundation.ids import Seq
from foundation.security.policy import access
from knowledge.log import AsOf
from retrieval.cache.asked import AccessLog
from retrieval.cache.model import Request


def ask(log: AccessLog, request: Request, times: int) -> None:
    for _ in range(times):
        log.note(request.key("c") or "", request)


def test_what_is_asked_most_is_known_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    log = AccessLog(path)
    often = Request("質問", filter={"year": 2026}, collections=["a"], day="2026-01-31")
    ask(log, Request("sometimes", k=3), 2)
    ask(log, often, 5)
    ask(log, Request("once"), 1)
    log.save()
    assert [(r.text, r.k, r.filter, r.day) for r in AccessLog(path).requests()] == [
        ("質問", 10, {"year": 2026}, ""),
        ("sometimes", 3, None, ""),
    ]
    assert path.stat().st_mode & 0o077 == 0
    assert "once" not in path.read_text()


def test_earlier_counts_fade(tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    log = AccessLog(path)
    ask(log, Request("old"), 8)
    log.save()
    for expected in (True, True, False):
        log = AccessLog(path)
        log.save()
        assert bool(AccessLog(path).requests()) is expected


def test_what_is_for_one_caller_or_the_past_is_not_noted(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "asked.jsonl")
    ask(log, Request("mine", access=access(["*"], ["me"])), 5)
    ask(log, Request("then", at=AsOf(seq=Seq(3))), 5)
    log.save()
    assert AccessLog(tmp_path / "asked.jsonl").requests() == []


def test_it_stays_small(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "asked.jsonl", most=20)
    for number in range(200):
        ask(log, Request(f"question {number}"), 2 if number % 2 else 1)
        ask(log, Request("always"), 2)
    log.save()
    known = AccessLog(tmp_path / "asked.jsonl").requests()
    assert len(known) <= 20
    assert known[0].text == "always"


@pytest.mark.parametrize(
    "content",
    [b"junk", b"{}\n[]\n1\n", b"\xff\xfe", b'{"times": 3, "request": {"text": 1, "k": 2}}', b""],
)
def test_a_file_that_is_none_warms_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "asked.jsonl"
    path.write_bytes(content)
    assert AccessLog(path).requests() == []


def test_clearing_forgets_the_file_too(tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    log = AccessLog(path)
    ask(log, Request("x"), 5)
    log.save()
    log = AccessLog(path)
    ask(log, Request("y"), 5)
    log.clear()
    assert not path.exists()
    log.save()
    assert AccessLog(path).requests() == []
