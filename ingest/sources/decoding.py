"""The body of a web answer, unpacked within limits."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from foundation.errors import InvalidInput, Unavailable
from ingest.sources.reading import check_size

if TYPE_CHECKING:
    from zlib import _Decompress  # the stubs name the type, the module does not

_GZIP: Final = 31  # zlib's number for: the largest window, a gzip header


class Decoder:
    """Takes a body in parts and unpacks it, never holding more than the limit and a step.

    A part of 64 KB may unpack to 64 MB, so the limit goes into the unpacking itself.
    """

    def __init__(self, encoding: str, max_bytes: int) -> None:
        """Choose how to unpack.

        Raises:
            InvalidInput: the encoding is one that was not asked for.
        """
        name = encoding.strip().lower()
        if name not in {"", "identity", "gzip", "x-gzip"}:
            raise InvalidInput(f"packed as {name[:40]!r}, which was not asked for")
        self._max_bytes = max_bytes
        self._unpacker: _Decompress | None = zlib.decompressobj(_GZIP) if "gzip" in name else None
        self._taken = 0
        self._made = bytearray()

    def expect(self, length: str) -> None:
        """Refuse at once what says itself that it is too large.

        Raises:
            InvalidInput: it does.
        """
        if length.isascii() and length.isdigit():
            check_size(int(length[:20]), self._max_bytes)

    def feed(self, part: bytes) -> None:
        """Unpack a part.

        Raises:
            InvalidInput: the limit is passed.
            Unavailable: the part is damaged.
        """
        self._taken += len(part)
        check_size(self._taken, self._max_bytes)
        if self._unpacker is None:
            self._made += part
            return
        while part:
            if self._unpacker.eof:  # another member follows
                self._unpacker = zlib.decompressobj(_GZIP)
            room = self._max_bytes - len(self._made) + 1
            try:
                self._made += self._unpacker.decompress(part, room)
            except zlib.error as error:
                raise Unavailable(f"the body is damaged: {error}") from error
            check_size(len(self._made), self._max_bytes)
            part = self._unpacker.unconsumed_tail or self._unpacker.unused_data

    def finish(self) -> bytes:
        """Give the whole body.

        Raises:
            Unavailable: it is not whole.
        """
        if self._unpacker is not None and self._taken and not self._unpacker.eof:
            raise Unavailable("the body breaks off: try again later")
        return bytes(self._made)
