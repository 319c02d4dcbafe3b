"""What is printed for people must be there to be copied."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

from api import KnowledgeBase
from tests.api.doors import COMMAND, Elders, notes


def _filled(home: Path) -> tuple[str, str]:
    with KnowledgeBase.open(home, background=False) as base:
        base.ingest(notes(2))
        base.add(notes(1)[0].text or "", source_id="a/rather/long/name/of/a/document.md")
        return base.documents.find("weather/1.md"), base.duplicates.list()[0].id


def test_nothing_is_folded_where_no_terminal_is(elders: Elders, home: Path) -> None:
    document, group = _filled(home)
    lines = elders("documents", "list").out.splitlines()
    assert any(document in line and "weather/1.md" in line for line in lines)
    lines = elders("duplicates", "list").out.splitlines()
    assert any(group in line and "a/rather/long/name/of/a/document.md" in line for line in lines)


def test_ids_stay_whole_in_a_narrow_terminal(home: Path) -> None:
    document, group = _filled(home)
    for words, wanted in ((["documents", "list"], document), (["duplicates", "list"], group)):
        shown = _in_a_terminal(words, columns=40)
        assert any(wanted in line for line in shown.splitlines()), shown


def _in_a_terminal(words: list[str], *, columns: int) -> str:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    process = subprocess.Popen([COMMAND, *words], stdout=theirs, env=environment)
    os.close(theirs)
    read = b""
    try:
        while part := os.read(ours, 65_536):
            read += part
    except OSError:  # Linux says so at the end of a terminal
        pass
    finally:
        os.close(ours)
    assert process.wait(timeout=30) == 0
    return read.decode()
