"""Converters that misbehave in every way that a parser led astray by a document might."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from foundation.errors import Unparsable
from ingest.parsers.conversion import Converted, Task

CONVERTERS: Mapping[str, str] = {
    name: f"tests.ingest.parsers.hostile:{name}"
    for name in (
        "echo", "whoami", "surroundings", "burn", "burn_in_native_code", "hoard", "sleep",
        "crash", "leave", "recurse", "write_file", "chatter", "lie", "stammer", "raise_anything",
        "refuse", "inflate", "spoil_text", "leak", "kill_itself",
    )
}  # fmt: skip


def echo(data: bytes, task: Task) -> Converted:
    return Converted(data.decode(), task.label, {"size": len(data)})


def whoami(data: bytes, task: Task) -> Converted:
    return Converted(str(os.getpid()))


def surroundings(data: bytes, task: Task) -> Converted:
    fields = Path("/proc/self/status").read_text().splitlines()
    return Converted(
        "environment",
        metadata={
            "environment": dict(os.environ),
            "folder": str(Path.cwd()),
            "files": list(_open_files().values()),
            "no_new_privileges": "NoNewPrivs:\t1" in fields,
        },
    )


def _open_files() -> dict[int, str]:
    """Map each descriptor to what it is open on; the one that lists them is gone by then."""
    paths = list(Path("/proc/self/fd").iterdir())
    return {int(path.name): str(path.readlink()) for path in paths if path.is_symlink()}


def burn(data: bytes, task: Task) -> Converted:
    while True:
        pass


def burn_in_native_code(data: bytes, task: Task) -> Converted:
    # One instruction of the interpreter that takes minutes: no Python signal handler could run.
    return Converted(str(len(str(pow(7, 40_000_000)))))


def hoard(data: bytes, task: Task) -> Converted:
    kept = []
    while True:
        kept.append(bytearray(16 * 1024 * 1024))


def sleep(data: bytes, task: Task) -> Converted:
    time.sleep(600)
    return Converted("awake")


def crash(data: bytes, task: Task) -> Converted:
    ctypes.string_at(0)
    return Converted("alive")


def leave(data: bytes, task: Task) -> Converted:
    os._exit(3)


def recurse(data: bytes, task: Task) -> Converted:
    return recurse(data, task)


def write_file(data: bytes, task: Task) -> Converted:
    path = Path(data.decode())
    with path.open("wb") as file:
        file.write(b"x" * 100_000)
    return Converted("written")


def chatter(data: bytes, task: Task) -> Converted:
    os.write(1, b"noise" * 100_000)
    os.write(2, b"noise" * 100_000)
    return Converted("quiet")


def lie(data: bytes, task: Task) -> Converted:
    """Announce an answer of an exabyte on the channel."""
    _channel().sendall(b"\x0f" + b"\xff" * 7)
    time.sleep(600)
    return Converted("")


def stammer(data: bytes, task: Task) -> Converted:
    """Send what is no JSON object where the answer belongs."""
    payload = b"cos\nsystem\n(S'true'\ntR."
    _channel().sendall(len(payload).to_bytes(8, "big") + payload)
    time.sleep(600)
    return Converted("")


def _channel() -> socket.socket:
    number = next(number for number, name in _open_files().items() if name.startswith("socket:"))
    return socket.socket(fileno=os.dup(number))


def raise_anything(data: bytes, task: Task) -> Converted:
    raise LookupError("part 7 \ud800 is missing")


def refuse(data: bytes, task: Task) -> Converted:
    raise Unparsable("the drawing holds no text; leave it out")


def inflate(data: bytes, task: Task) -> Converted:
    return Converted("x" * (task.limits.max_bytes + 1))


def spoil_text(data: bytes, task: Task) -> Converted:
    return Converted("a\0b\ud800c", "t\0", {"k\0": ["v\0", float("nan"), 1, None, signal.SIGINT]})


_LEAKED: list[bytearray] = []


def leak(data: bytes, task: Task) -> Converted:
    _LEAKED.append(bytearray(task.limits.memory_bytes * 6 // 10))
    return Converted(str(os.getpid()))


def kill_itself(data: bytes, task: Task) -> Converted:
    """Die as the machine's guard against memory shortage would have it; the first time only."""
    path = Path(data.decode())
    if len(list(path.iterdir())) < int(path.name):
        (path / str(os.getpid())).mkdir()
        os.kill(os.getpid(), signal.SIGKILL)
    return Converted("survived")
