"""Server-sent events, read from bytes however these are cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_END: Final = re.compile(rb"\r\n|\n|\r(?!\Z)")
"""Of a line. A carriage return at the very end may be half of one."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event; `id` is the last that was told, to go on from."""

    name: str
    data: str
    id: str = ""


class EventReader:
    """Finds events in a stream's bytes.

    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
    """

    def __init__(self) -> None:
        self._rest = b""
        self._name = ""
        self._data: list[str] = []
        self._id = ""

    def feed(self, block: bytes) -> Iterator[Event]:
        """Take the next bytes, and answer the events that they complete."""
        *lines, self._rest = _END.split(self._rest + block)
        for line in lines:
            if event := self._line(line.decode("utf-8", "replace")):
                yield event

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._complete()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "event":
                self._name = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value
            case _:
                pass
        return None

    def _complete(self) -> Event | None:
        name, data = self._name or "message", self._data
        self._name, self._data = "", []
        return Event(name, "\n".join(data), self._id) if data else None
