"""What passes between a parser process and its owner: frames of bytes, each after its length.

Nothing in a frame is ever executed or unpickled: headers are JSON, documents and texts are bytes.
"""

from __future__ import annotations

import json
import struct
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

_LENGTH: Final = struct.Struct(">Q")
MAX_HEADER: Final = 16 * 1024 * 1024
"""Bytes of the largest JSON header that is accepted."""


class TooLong(ValueError):  # noqa: N818 - the name says what the frame is
    """The other side announced a frame beyond what was agreed."""


def send(channel: socket.socket, payload: bytes, *, deadline: float | None = None) -> None:
    """Send one frame.

    Args:
        channel: a connected stream socket.
        payload: the frame.
        deadline: time (of `time.monotonic`) by which it must be out; None waits for ever.

    Raises:
        TimeoutError: the deadline passed.
        OSError: nobody listens any more.
    """
    _allow(channel, deadline)
    channel.sendall(_LENGTH.pack(len(payload)))
    _allow(channel, deadline)
    channel.sendall(payload)


def receive(
    channel: socket.socket, *, max_bytes: int, deadline: float | None = None
) -> bytes | None:
    """Receive one frame, or None where the other side has gone.

    Raises:
        TimeoutError: the deadline passed.
        TooLong: the frame would be longer than `max_bytes`.
        OSError: the connection broke.
    """
    head = _exactly(channel, _LENGTH.size, deadline)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > max_bytes:
        raise TooLong(f"a frame of {length:,} bytes, where {max_bytes:,} are allowed")
    return _exactly(channel, length, deadline)


def send_json(
    channel: socket.socket, header: Mapping[str, Any], *, deadline: float | None = None
) -> None:
    """Send a JSON object as one frame."""
    send(channel, json.dumps(header).encode("ascii"), deadline=deadline)


def receive_json(channel: socket.socket, *, deadline: float | None = None) -> dict[str, Any] | None:
    """Receive a JSON object, or None where the other side has gone.

    Raises:
        ValueError: the frame holds anything else.
        TimeoutError: the deadline passed.
    """
    frame = receive(channel, max_bytes=MAX_HEADER, deadline=deadline)
    if frame is None:
        return None
    header = json.loads(frame)
    if not isinstance(header, dict):
        raise ValueError("a header that is no JSON object")  # noqa: TRY004 - its content is wrong
    return header


def _exactly(channel: socket.socket, size: int, deadline: float | None) -> bytes | None:
    data = bytearray(size)
    view = memoryview(data)
    filled = 0
    while filled < size:
        _allow(channel, deadline)
        count = channel.recv_into(view[filled:])
        if not count:
            return None
        filled += count
    view.release()
    return bytes(data)


def _allow(channel: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        channel.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    channel.settimeout(left)
