"""Standard input, or any open stream, as a source of one document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from foundation.errors import InvalidInput
from ingest.model import Record
from ingest.sources.reading import DEFAULT_MAX_BYTES, explain, read_capped


@dataclass(frozen=True, slots=True)
class StreamSource:
    """What comes out of a pipe, as one document.

    A stream can be read once; a second walk finds it at its end.

    Attributes:
        stream: opened in binary mode; it is not closed here.
        source_id: what the document is called. Later input under the same name is its next
            version.
        name: a file name that tells the format (`report.md`), where the bytes do not.
        media_type: the format, if it is known.
    """

    stream: BinaryIO
    source_id: str = "stdin"
    name: str = ""
    media_type: str = ""
    title: str = ""
    max_bytes: int = DEFAULT_MAX_BYTES

    def records(self) -> Iterator[Record]:
        """Read to the end and yield the one record."""
        try:
            data = read_capped(self.stream, self.max_bytes)
        except OSError as error:
            yield self._record(error=explain(error))
        except (InvalidInput, ValueError) as error:  # ValueError: the stream is closed
            yield self._record(error=str(error))
        else:
            yield self._record(data=data)

    def count(self) -> int:
        """Answer 1."""
        return 1

    def _record(self, *, data: bytes | None = None, error: str = "") -> Record:
        return Record(
            self.source_id,
            data=data,
            name=self.name,
            media_type=self.media_type,
            title=self.title,
            error=error,
        )
