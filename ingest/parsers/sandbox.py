"""Risky formats are parsed in processes that may be killed: one bad document costs only itself."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from foundation.errors import Unavailable, Unparsable
from ingest.parsers.charset import clean
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.protocol import receive, receive_json, send, send_json
from ingest.parsers.worker import request_header

if TYPE_CHECKING:
    from types import TracebackType

_START_SECONDS: Final = 60.0
_ROOT: Final = str(Path(__file__).resolve().parents[2])
_BOOT: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from ingest.parsers.worker import main; main(sys.argv[2:])"
)
# All that a parser may know of its surroundings: no key, no address, no home.
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "TZ")
_MEBIBYTE: Final = 1024 * 1024


class Sandbox:
    """Runs converters in child processes that are kept for many documents.

    A child has a processor time, memory, file-size and wall-clock limit for each document
    (`Task.limits`). One that exceeds them, or dies, is replaced: its document is `Unparsable`, the
    next one is not affected. Children inherit no secrets, ignore Ctrl-C (their owner decides), and
    die with their owner. Any number of threads may share a sandbox; as many documents are parsed
    at once as it has workers.
    """

    def __init__(
        self, *, workers: int = 1, converters: str = "ingest.parsers.conversion:CONVERTERS"
    ) -> None:
        """Prepare; children start when the first document comes.

        Args:
            workers: the most child processes.
            converters: "module:name" of a mapping from converter names to "module:function".
        """
        self._converters = converters
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(None)
        self._closed = threading.Event()
        # The kernel kills a child when the *thread* that started it ends: so one thread, which
        # lives as long as the sandbox, starts them all.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="parser-starter")
        self._running: set[_Worker] = set()
        self._finalizer = weakref.finalize(self, _kill_all, self._running)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def convert(self, converter: str, data: bytes, task: Task) -> Converted:
        """Convert one document.

        Raises:
            Unparsable: the document is bad, or costs more than its limits.
            Unavailable: the sandbox is closed, or no child process can be started.
        """
        try:
            return self._convert(converter, data, task)
        except _Killed:
            # Killed from outside, perhaps while it was idle: the document may not be at fault.
            return self._convert(converter, data, task)

    def _convert(self, converter: str, data: bytes, task: Task) -> Converted:
        worker = self._idle.get()
        try:
            if self._closed.is_set():
                raise Unavailable("the parsers' sandbox is closed; open a new one")
            if worker is not None and not worker.alive():
                self._stop(worker)
                worker = None
            worker = worker or self._start()
            return worker.ask(converter, data, task)
        except Unparsable as error:
            if self._closed.is_set():  # the document is not at fault
                raise Unavailable("the parsers' sandbox was closed meanwhile") from error
            raise
        finally:
            if worker is not None and (worker.spent or self._closed.is_set()):
                self._stop(worker)
                worker = None
            self._idle.put(worker)

    def close(self) -> None:
        """End the children; documents in work are lost to whoever waits for them."""
        self._closed.set()
        for worker in tuple(self._running):
            self._stop(worker)
        self._starter.shutdown()

    def process_ids(self) -> list[int]:
        """List the children that run now (for health reports and tests)."""
        return [worker.process.pid for worker in tuple(self._running)]

    def _start(self) -> _Worker:
        try:
            worker = self._starter.submit(_Worker, self._converters).result()
        except (OSError, ValueError, RuntimeError) as error:
            raise Unavailable(f"a parser process cannot be started ({error})") from error
        self._running.add(worker)
        return worker

    def _stop(self, worker: _Worker) -> None:
        worker.kill()
        self._running.discard(worker)


class _Killed(Unparsable):
    """The child got a SIGKILL that its owner did not send (a machine out of memory does)."""


class _Worker:
    """One child process and the channel to it."""

    def __init__(self, converters: str) -> None:
        self.spent = False
        self._channel, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [
                    sys.executable,
                    "-I",
                    "-c",
                    _BOOT,
                    _ROOT,
                    str(theirs.fileno()),
                    str(os.getpid()),
                    converters,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                cwd="/",
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        if not self._is_ready():
            self.kill()
            raise OSError(
                f"it ended with code {self.process.returncode} before it was ready; "
                "run `python -c 'import ingest.parsers.worker'` to see why"
            )

    def _is_ready(self) -> bool:
        try:
            ready = receive_json(self._channel, deadline=time.monotonic() + _START_SECONDS)
        except (OSError, ValueError):
            return False
        return ready is not None

    def alive(self) -> bool:
        """Tell whether the process still runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End the process and take its end into account; doing so twice is harmless."""
        self.spent = True
        self.process.kill()
        self.process.wait()
        self._channel.close()

    def ask(self, converter: str, data: bytes, task: Task) -> Converted:
        """Hand a document over and wait for its text; after any failure the worker is spent."""
        deadline = time.monotonic() + task.limits.wall_seconds
        limit = task.limits.max_bytes
        self.spent = True
        try:
            send_json(self._channel, request_header(converter, task), deadline=deadline)
            send(self._channel, data, deadline=deadline)
            answer = receive_json(self._channel, deadline=deadline)
            text = receive(self._channel, max_bytes=limit, deadline=deadline) if answer else None
        except TimeoutError as error:
            raise Unparsable(
                f"reading the {task.label} took more than {task.limits.wall_seconds:g} s; "
                f"{_advice('time')}"
            ) from error
        except (OSError, ValueError) as error:
            raise self._death(task) from error
        if answer is None or text is None:
            raise self._death(task)
        self.spent = bool(answer.get("retire"))
        return _read_answer(answer, text, task)

    def _death(self, task: Task) -> Unparsable:
        try:
            code = self.process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            return Unparsable(f"the {task.label} confused its parser; look whether it is damaged")
        if code == -signal.SIGXCPU:
            seconds = task.limits.cpu_seconds
            return Unparsable(
                f"reading the {task.label} took more than {seconds:g} s of processor time; "
                f"{_advice('time')}"
            )
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        kind = _Killed if code == -signal.SIGKILL else Unparsable
        return kind(f"the {task.label} made its parser crash ({name}); look whether it is damaged")


def _advice(what: str) -> str:
    return f"split or simplify the document, or raise the limit on its {what}"


def _read_answer(answer: dict[str, Any], text: bytes, task: Task) -> Converted:
    """Check an answer like any input: the process that wrote it had read a hostile document."""
    match answer.get("kind"):
        case None:
            metadata = answer.get("metadata")
            return Converted(
                clean(text.decode("utf-8", "replace")),
                clean(str(answer.get("title", ""))),
                metadata if isinstance(metadata, dict) else {},
            )
        case "memory":
            allowed = task.limits.memory_bytes // _MEBIBYTE
            raise Unparsable(
                f"reading the {task.label} took more than {allowed:,} MiB of memory; "
                f"{_advice('memory')}"
            )
        case "damaged":
            raise Unparsable(
                f"it cannot be read as {task.label} ({answer.get('error')}); it may be damaged: "
                "open it in its own program and save it again"
            )
        case _:
            raise Unparsable(str(answer.get("error")))


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"}


def _kill_all(running: set[_Worker]) -> None:
    for worker in tuple(running):
        worker.kill()
