"""Several messages as one: packed for the way, and unpacked with care."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from elders.messages import Message, decode
from elders.transports.delivery import LARGEST_BYTES
from foundation.errors import InvalidInput

LARGEST_PARCEL: Final = 2 * LARGEST_BYTES
"""Bytes of all its messages as they are written, unpacked."""

_WORTH_BYTES: Final = 512
_GZIP: Final = 31
"""Window bits that have zlib read the gzip format."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a broker carries as one message.

    Attributes:
        encoding: `gzip`, or `identity`.
        headers: `count`, how many messages are in it, and `size`, their bytes when unpacked.
    """

    data: bytes = field(repr=False)
    encoding: str
    headers: Mapping[str, int]


def pack(messages: Sequence[bytes]) -> Parcel:
    """Pack messages as `Message.encode` wrote them, a line for each."""
    plain = b"\n".join(messages)
    headers = {"count": len(messages), "size": len(plain)}
    if len(plain) < _WORTH_BYTES:
        return Parcel(plain, "identity", headers)
    return Parcel(gzip.compress(plain, compresslevel=3, mtime=0), "gzip", headers)


def unpack(data: bytes, encoding: str | None, headers: Mapping[str, Any]) -> list[Message]:
    """Unpack what `pack` made; never more than is said to be in it.

    Raises:
        InvalidInput: it is something else, or larger than any parcel.
    """
    size, count = headers.get("size"), headers.get("count")
    if type(size) is not int or not 0 < size <= LARGEST_PARCEL or type(count) is not int:
        raise InvalidInput(f"{len(data)} bytes are no parcel of messages: size and count are wrong")
    plain = _gunzip(data, size) if encoding == "gzip" else data
    lines = plain.split(b"\n")
    if len(plain) != size or len(lines) != count:
        raise InvalidInput(f"{len(data)} bytes are not the {count} messages that they say they are")
    return [decode(line) for line in lines]


def _gunzip(data: bytes, size: int) -> bytes:
    reader = zlib.decompressobj(_GZIP)
    try:
        plain = reader.decompress(data, size)
        more = b"" if reader.eof else reader.decompress(reader.unconsumed_tail, 1)
    except zlib.error as error:
        raise InvalidInput(f"{len(data)} bytes are not gzip, as they say they are") from error
    if more or not reader.eof or reader.unused_data:
        raise InvalidInput(f"{len(data)} bytes unpack to other than the {size} that they say")
    return plain
