"""Content of git objects through long-lived `git cat-file` processes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from foundation.errors import Unavailable
from ingest.sources.reading import check_size

if TYPE_CHECKING:
    from types import TracebackType

    from ingest.sources.git_process import Git, Running


@dataclass(slots=True)
class BlobReader:
    """Reads one blob at a time; its size is asked for first, so that a bomb is never unpacked.

    A context manager. git ends itself on a damaged object: the next blob starts it anew.
    """

    git: Git
    max_bytes: int
    _running: ExitStack = field(default_factory=ExitStack)
    _processes: tuple[Running, Running] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def read(self, blob: str) -> bytes:
        """Read a blob.

        Raises:
            InvalidInput: it is larger than `max_bytes`.
            Unavailable: the repository does not have it, or it is damaged.
        """
        sizes, contents = self._started()
        size = self._size(sizes.ask(blob), blob)
        check_size(size, self.max_bytes)
        self._size(contents.ask(blob), blob)
        data = contents.output.read(size + 1)  # git ends the content with a line break
        if len(data) != size + 1:
            self._stop()
            raise Unavailable(f"the content of {blob} breaks off: run `git fsck` on the repository")
        return data[:-1]

    def _size(self, answer: bytes, blob: str) -> int:
        match answer.split():
            case [_, b"blob", size]:
                return int(size)
            case [_, b"missing"]:
                raise Unavailable(
                    f"the repository lacks the content {blob}: a partial clone or a damaged one; "
                    "fetch it in full and ingest again"
                )
            case _:
                self._stop()
                raise Unavailable(f"git cannot read {blob}: run `git fsck` on the repository")

    def _started(self) -> tuple[Running, Running]:
        if self._processes is None:
            start = self.git.run
            self._processes = (
                self._running.enter_context(start("cat-file", "--batch-check", writable=True)),
                self._running.enter_context(start("cat-file", "--batch", writable=True)),
            )
        return self._processes

    def _stop(self) -> None:
        self._processes = None
        self._running.close()
