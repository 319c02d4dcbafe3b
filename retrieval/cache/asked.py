"""What is asked most, kept over a restart: so that a new process knows the answers before."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from foundation.errors import InvalidInput
from foundation.security.policy import Access
from knowledge.log import AsOf
from retrieval.cache.model import Request
from retrieval.diversity import Diversity

_log = structlog.get_logger(__name__)

_MOST: Final = 2_000
_KEPT: Final = 1_000
_WORTH: Final = 2.0
"""What was asked once is not worth being asked again, and not written down."""


@dataclass(slots=True)
class _Counted:
    request: Request
    times: int = 0


class AccessLog:
    """Counts requests, and writes the most frequent into a file: no answers, only requests.

    What asks about the past, or for one caller alone, is not noted. Where the file can't be read
    or written, nothing is warmed up: it is no error.
    """

    def __init__(self, path: Path, *, most: int = _MOST) -> None:
        self._path = path
        self._most = most
        self._lock = threading.Lock()
        self._counted: dict[str, _Counted] = {}
        self._before = list(self._read())

    def note(self, key: str, request: Request) -> None:
        """Count a request."""
        counted = self._counted.get(key)
        if counted is None:
            if request.access != Access.everything or request.at != AsOf():
                return
            with self._lock:
                if len(self._counted) >= self._most:
                    self._thin()
                counted = self._counted.setdefault(key, _Counted(request))
        counted.times += 1  # a lost count in a race of threads does no harm

    def requests(self) -> list[Request]:
        """List what was asked before this process began, the most frequent first."""
        return [request for request, _ in self._before]

    def save(self) -> None:
        """Write the most frequent requests, those of earlier processes at half their counts."""
        times: dict[str, tuple[Request, float]] = {}
        with self._lock:
            now = [(each.request, float(each.times)) for each in self._counted.values()]
        for request, count in [*now, *((old, count / 2) for old, count in self._before)]:
            text = _written(request)
            times[text] = (request, count + times.get(text, (request, 0.0))[1])
        best = sorted(times.items(), key=lambda item: -item[1][1])[:_KEPT]
        lines = [
            json.dumps({"times": round(count, 2), "request": json.loads(text)})
            for text, (_, count) in best
            if count >= _WORTH
        ]
        aside = self._path.with_suffix(".tmp")
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write("".join(f"{line}\n" for line in lines))
            aside.replace(self._path)
        except OSError as error:
            _log.warning("cache.log_not_written", reason=error.strerror)

    def clear(self) -> None:
        """Forget what was asked, in the file too."""
        with self._lock:
            self._counted.clear()
            self._before = []
        self._path.unlink(missing_ok=True)

    def _thin(self) -> None:
        """Keep the more frequent half."""
        kept = sorted(self._counted.items(), key=lambda item: -item[1].times)[: self._most // 2]
        self._counted = dict(kept)

    def _read(self) -> Iterator[tuple[Request, float]]:
        try:
            lines = self._path.read_text().splitlines()
        except (OSError, UnicodeDecodeError):
            return
        for line in lines[:_KEPT]:
            try:
                told = json.loads(line)
                yield _request(told["request"]), float(told["times"])
            except (ValueError, KeyError, TypeError, AttributeError, InvalidInput):
                continue


def _written(request: Request) -> str:
    """Write a request without its day, which will be another one."""
    fields = asdict(request)
    for name in ("at", "day", "access"):  # another day; neither the past nor one caller's
        del fields[name]
    return json.dumps(fields, sort_keys=True)


def _request(fields: dict[str, Any]) -> Request:
    if not isinstance(fields["text"], str) or type(fields["k"]) is not int:
        raise TypeError("the request has another shape")
    given = {**fields, "diversity": Diversity(**fields.get("diversity", {}))}
    return Request(**given)
