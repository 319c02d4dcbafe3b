"""The parser process: takes a document, answers its text, and may die of it."""

from __future__ import annotations

import ctypes
import gc
import math
import os
import resource
import signal
import socket
import sys
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import Unparsable
from ingest.parsers.charset import clean
from ingest.parsers.conversion import Converted, Task, load_converter
from ingest.parsers.limits import Limits
from ingest.parsers.protocol import receive, receive_json, send, send_json

if TYPE_CHECKING:
    from collections.abc import Sequence

_SET_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)
_NO_NEW_PRIVILEGES: Final = 38  # PR_SET_NO_NEW_PRIVS
_ALARM_GRACE: Final = 5.0
_PAGE: Final = resource.getpagesize()


def request_header(converter: str, task: Task) -> dict[str, Any]:
    """Write what the process is told before the document's bytes."""
    return {"converter": converter, "task": asdict(task)}


def main(arguments: Sequence[str]) -> None:
    """Serve documents until the owner closes the channel.

    Args:
        arguments: the channel's file descriptor, the owner's process id, and where the table of
            converters stands ("module:name").
    """
    descriptor, owner, table = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with(int(owner))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(3000)
    warnings.simplefilter("ignore")  # parsers warn of documents; what matters is raised
    with socket.socket(fileno=int(descriptor)) as channel:
        send_json(channel, {"ready": True})
        while _serve(channel, table):
            pass


def _die_with(owner: int) -> None:
    # The kernel's signal comes when the thread that started this process ends; the owner keeps
    # that thread. Elsewhere than on Linux the closed channel ends an idle process, and the alarm
    # a busy one.
    if sys.platform == "linux":
        control = ctypes.CDLL(None).prctl
        control(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        control(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if os.getppid() != owner:
        sys.exit(1)


def _serve(channel: socket.socket, table: str) -> bool:
    """Answer one document; tell whether to go on."""
    header = receive_json(channel)
    if header is None:
        return False
    told = header["task"]
    task = Task(**{**told, "limits": Limits(**told["limits"])})
    data = receive(channel, max_bytes=task.limits.max_bytes)
    if data is None:
        return False
    _limit(task.limits)
    try:
        answer, text = _convert(header["converter"], table, data, task)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    del data
    # Room for the answer itself, which may come after the memory ran out.
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    answer["retire"] = answer.get("kind") == "memory" or _is_bloated(task.limits)
    send_json(channel, answer)
    send(channel, text)
    return not answer["retire"]


def _limit(limits: Limits) -> None:
    """Set what this document may use; soft limits, since the next may be allowed more.

    SIGXCPU and SIGALRM keep their default action, so that the kernel ends the process even in the
    middle of native code.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(usage.ru_utime + usage.ru_stime + limits.cpu_seconds)
    for kind, value in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
    ):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (value if hard < 0 else min(value, hard), hard))
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds + _ALARM_GRACE)


def _convert(name: str, table: str, data: bytes, task: Task) -> tuple[dict[str, Any], bytes]:
    try:
        converted = load_converter(name, table)(data, task)
        text = clean(converted.text).encode()
        if len(text) > task.limits.max_bytes:
            return _refused(
                "unparsable",
                f"its text has {len(text):,} bytes, more than the {task.limits.max_bytes:,} "
                "allowed; split the document, or raise the limit on a document's size",
            )
        return _answer(converted), text
    except Unparsable as error:
        return _refused("unparsable", str(error))
    except MemoryError:
        return _refused("memory", "")
    except RecursionError:
        return _refused(
            "unparsable", f"the {task.label} is nested too deeply to be read; simplify it"
        )
    except Exception as error:  # noqa: BLE001 - whatever a parser raises, the document is at fault
        return _refused("damaged", f"{type(error).__name__}: {str(error)[:300]}")


def _answer(converted: Converted) -> dict[str, Any]:
    return {
        "title": clean(converted.title),
        "metadata": _plain(dict(converted.metadata)),
    }


def _refused(kind: str, message: str) -> tuple[dict[str, Any], bytes]:
    return {"kind": kind, "error": clean(message)}, b""


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON is anything
    """Turn metadata into what JSON and databases hold."""
    match value:
        case dict():
            return {clean(str(key)): _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case bool() | int() | None:
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case _:
            return clean(str(value))[:10_000]


def _is_bloated(limits: Limits) -> bool:
    # What one document left behind must not starve the next: past half the allowance, a fresh
    # process is cheaper than a guess.
    if _address_space() * 2 > limits.memory_bytes:
        gc.collect()
    return _address_space() * 2 > limits.memory_bytes


def _address_space() -> int:
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * _PAGE
    except OSError:
        return 0
