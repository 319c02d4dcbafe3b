"""One file as a source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from foundation.errors import InvalidInput
from ingest.model import Record
from ingest.sources.naming import absolute, readable
from ingest.sources.reading import DEFAULT_MAX_BYTES, FileReader


@dataclass(frozen=True, slots=True)
class FileSource:
    """A single file, named as if the folder that holds it had been given.

    So `docs/` and later `docs/a.md` speak of the same document `a.md`: the second updates what
    the first made. A file deeper down (`docs/b/c.md`, known as `b/c.md`) needs `root="docs"`,
    for nothing in its path says which folder its name was counted from.

    Attributes:
        root: the folder that `source_id` is relative to; the file's own folder if not given.
        prefix: put before the `source_id`, to keep several roots apart in one collection.
        max_bytes: a larger file is not read.
        dated: the modification time is when the content became true; else that is when it comes
            to be known here.
    """

    path: Path
    root: Path | None = None
    prefix: str = ""
    max_bytes: int = DEFAULT_MAX_BYTES
    dated: bool = False

    def records(self) -> Iterator[Record]:
        """Yield the file's record.

        Raises:
            InvalidInput: the file is not below `root`.
        """
        reader = FileReader(self.max_bytes, dated=self.dated)
        yield reader.read(str(self.path), self._source_id())

    def count(self) -> int:
        """Answer 1."""
        return 1

    def _source_id(self) -> str:
        if self.root is None:
            return self.prefix + readable(absolute(self.path).name)
        try:
            relative = absolute(self.path).relative_to(absolute(self.root))
        except ValueError as error:
            raise InvalidInput(
                f"{str(self.path)!r} is not below root {str(self.root)!r}: "
                "give the folder it was first ingested with"
            ) from error
        return self.prefix + readable(relative.as_posix())
