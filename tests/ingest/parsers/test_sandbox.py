from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from foundation.errors import Unavailable, Unparsable
from ingest.parsers.conversion import Task
from ingest.parsers.limits import Limits
from ingest.parsers.sandbox import Sandbox

HOSTILE = "tests.ingest.parsers.hostile:CONVERTERS"
ROOT = Path(__file__).parents[3]
MEBIBYTE = 1024 * 1024
DAMAGED = (
    "it cannot be read as drawing (LookupError: part 7 \ufffd is missing); it may be damaged: "
    "open it in its own program and save it again"
)


@pytest.fixture(scope="module")
def hostile() -> Iterator[Sandbox]:
    with Sandbox(converters=HOSTILE) as sandbox:
        yield sandbox


def task(**limits: float) -> Task:
    return Task("drawing", "image/x-drawing", "", Limits(**limits))  # type: ignore[arg-type]  # whole numbers where Limits wants them


def worker_of(sandbox: Sandbox) -> int:
    return int(sandbox.convert("whoami", b"", task()).text)


def ask(sandbox: Sandbox, converter: str, data: bytes = b"", **limits: float) -> str:
    """Hand over a document that must be refused, and show that the next one is not."""
    with pytest.raises(Unparsable) as caught:
        sandbox.convert(converter, data, task(**limits))
    after = sandbox.convert("echo", "次の文書".encode(), task())
    assert (after.text, after.title, after.metadata) == ("次の文書", "drawing", {"size": 12})
    return str(caught.value)


def test_a_worker_is_kept_for_many_documents(hostile: Sandbox) -> None:
    assert worker_of(hostile) == worker_of(hostile)


@pytest.mark.parametrize("converter", ["burn", "burn_in_native_code"])
def test_processor_time_is_limited_even_in_native_code(hostile: Sandbox, converter: str) -> None:
    message = ask(hostile, converter, cpu_seconds=0.2)
    assert message == (
        "reading the drawing took more than 0.2 s of processor time; split or simplify the "
        "document, or raise the limit on its time"
    )


def test_memory_is_limited(hostile: Sandbox) -> None:
    message = ask(hostile, "hoard", memory_bytes=300 * MEBIBYTE)
    assert message.startswith("reading the drawing took more than 300 MiB of memory; split")


def test_wall_clock_time_is_limited(hostile: Sandbox) -> None:
    start = time.monotonic()
    message = ask(hostile, "sleep", wall_seconds=0.3)
    assert message.startswith("reading the drawing took more than 0.3 s; split")
    assert time.monotonic() - start < 5


def test_no_file_can_be_written(hostile: Sandbox, tmp_path: Path) -> None:
    target = tmp_path / "dropped"
    assert "File too large" in ask(hostile, "write_file", str(target).encode())
    assert not target.exists() or target.stat().st_size == 0


@pytest.mark.parametrize(
    ("converter", "said"),
    [
        ("crash", "the drawing made its parser crash (SIGSEGV); look whether it is damaged"),
        ("leave", "the drawing made its parser crash (exit code 3); look whether it is damaged"),
        ("recurse", "the drawing is nested too deeply to be read; simplify it"),
        ("refuse", "the drawing holds no text; leave it out"),
        ("lie", "the drawing confused its parser; look whether it is damaged"),
        ("stammer", "the drawing confused its parser; look whether it is damaged"),
        ("raise_anything", DAMAGED),
    ],
)
def test_whatever_a_parser_does_costs_its_document_alone(
    hostile: Sandbox, converter: str, said: str
) -> None:
    assert ask(hostile, converter) == said


def test_a_text_beyond_the_limit_is_refused(hostile: Sandbox) -> None:
    said = ask(hostile, "inflate", max_bytes=1000)
    assert said.startswith("its text has 1,001 bytes, more than the 1,000 allowed; split")


def test_a_refused_document_does_not_cost_the_worker(hostile: Sandbox) -> None:
    before = worker_of(hostile)
    ask(hostile, "refuse")
    ask(hostile, "raise_anything")
    assert worker_of(hostile) == before


def test_a_worker_that_a_document_left_bloated_is_replaced(hostile: Sandbox) -> None:
    bloated = hostile.convert("leak", b"", task(memory_bytes=400 * MEBIBYTE)).text
    assert worker_of(hostile) != int(bloated)


def test_what_a_parser_prints_does_not_reach_the_channel(hostile: Sandbox) -> None:
    assert hostile.convert("chatter", b"", task()).text == "quiet"


def test_answers_are_made_storable(hostile: Sandbox) -> None:
    found = hostile.convert("spoil_text", b"", task())
    assert (found.text, found.title) == ("a\ufffdb\ufffdc", "t\ufffd")
    assert found.metadata == {"k\ufffd": ["v\ufffd", "nan", 1, None, 2]}


def test_an_unknown_converter_is_named(hostile: Sandbox) -> None:
    with pytest.raises(Unparsable, match="no converter 'paint'"):
        hostile.convert("paint", b"", task())


def test_a_worker_inherits_neither_secrets_nor_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELDERS_SECRET_KEY", "hunter2")
    with Sandbox(converters=HOSTILE) as sandbox, (ROOT / "pyproject.toml").open():
        seen = sandbox.convert("surroundings", b"", task()).metadata
    assert set(seen["environment"]) <= {
        "PATH", "LD_LIBRARY_PATH", "TZ", "LANG", "LC_CTYPE", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS",
    }  # fmt: skip
    assert "hunter2" not in str(seen)
    assert not [name for name in seen["files"] if name.endswith("pyproject.toml")]
    assert seen["folder"] == "/"
    assert seen["no_new_privileges"]


def test_ctrl_c_reaches_the_owner_only(hostile: Sandbox) -> None:
    before = worker_of(hostile)
    os.kill(before, signal.SIGINT)
    time.sleep(0.05)
    assert worker_of(hostile) == before
    assert os.getsid(before) != os.getsid(0)


def test_a_worker_outlives_the_thread_that_first_needed_it(hostile: Sandbox) -> None:
    os.kill(worker_of(hostile), signal.SIGKILL)
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(worker_of(hostile)))
    thread.start()
    thread.join()
    time.sleep(0.1)
    assert worker_of(hostile) == found[0]


def test_a_worker_that_died_while_idle_is_replaced(hostile: Sandbox) -> None:
    before = worker_of(hostile)
    os.kill(before, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(before)] if psutil.pid_exists(before) else [], timeout=5)
    assert worker_of(hostile) != before
    assert hostile.process_ids() == [worker_of(hostile)]


def test_a_document_whose_worker_was_killed_from_outside_is_tried_once_more(
    hostile: Sandbox, tmp_path: Path
) -> None:
    for deaths in (1, 2):
        (tmp_path / str(deaths)).mkdir()
    assert hostile.convert("kill_itself", bytes(tmp_path / "1"), task()).text == "survived"
    assert "SIGKILL" in ask(hostile, "kill_itself", bytes(tmp_path / "2"))


def test_threads_share_a_sandbox_and_each_gets_its_own_answer() -> None:
    texts = [f"文書 {number} " * (number * 50) for number in range(60)]
    with Sandbox(workers=2, converters=HOSTILE) as sandbox, ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(sandbox.convert, "leave" if n % 20 == 7 else "echo", text.encode(), task())
            for n, text in enumerate(texts)
        ]
        for number, (text, future) in enumerate(zip(texts, asked, strict=True)):
            if number % 20 == 7:
                assert isinstance(future.exception(), Unparsable)
            else:
                assert future.result().text == text
        assert len(sandbox.process_ids()) <= 2


def test_large_documents_pass_through_the_channel(hostile: Sandbox) -> None:
    text = "長い文書。\n" * 2_000_000
    assert hostile.convert("echo", text.encode(), task()).text == text


def test_closing_ends_the_children_and_refuses_further_work() -> None:
    sandbox = Sandbox(converters=HOSTILE)
    pid = worker_of(sandbox)
    sandbox.close()
    assert not psutil.pid_exists(pid)
    with pytest.raises(Unavailable, match="closed"):
        sandbox.convert("echo", b"", task())
    sandbox.close()


def test_closing_meanwhile_is_no_fault_of_the_document() -> None:
    sandbox = Sandbox(converters=HOSTILE)
    worker_of(sandbox)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(sandbox.convert, "sleep", b"", task())
        time.sleep(0.1)
        sandbox.close()
        assert isinstance(asked.exception(timeout=10), Unavailable)


OWNER = """
import sys, threading
from ingest.parsers.conversion import Task
from ingest.parsers.sandbox import Sandbox
sandbox = Sandbox(converters="tests.ingest.parsers.hostile:CONVERTERS")
print(sandbox.convert("whoami", b"", Task("x", "x")).text, flush=True)
if sys.argv[1] == "busy":
    sandbox.convert("burn", b"", Task("x", "x"))
threading.Event().wait()
"""


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_worker_dies_with_its_owner(state: str) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, state], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert owner.stdout is not None
        worker = psutil.Process(int(owner.stdout.readline()))
        time.sleep(0.2)
        assert worker.is_running()
    finally:
        owner.kill()
        owner.communicate()
    _, alive = psutil.wait_procs([worker], timeout=5)
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


def test_a_warm_worker_costs_little_for_each_document(hostile: Sandbox) -> None:
    data = b"x" * 10_000
    worker_of(hostile)
    spent = []
    for _ in range(50):
        start = time.perf_counter()
        hostile.convert("echo", data, task())
        spent.append(time.perf_counter() - start)
    assert statistics.median(spent) < 0.02
