"""Content of git objects through long-lived `git cat-file` processes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from foundation.errors import NotFound, Unavailable
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
    patience_seconds: float
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
            NotFound: the repository does not have it.
            Unavailable: it is damaged.
        """
        try:
            sizes, contents = self._started()
            size = _size(sizes.ask(blob), blob)
            check_size(size, self.max_bytes)
            _size(contents.ask(blob), blob)
            return _content(contents.output.read(size + 1), size)
        except Unavailable as error:
            self._stop()  # whatever else it has to say belongs to no later question
            raise Unavailable(
                f"git cannot read {blob}: {error}; run `git fsck` on the repository"
            ) from error

    def _started(self) -> tuple[Running, Running]:
        if self._processes is None:
            self._processes = self._start("--batch-check"), self._start("--batch")
        return self._processes

    def _start(self, mode: str) -> Running:
        started = self.git.run(
            "cat-file", mode, patience_seconds=self.patience_seconds, writable=True
        )
        return self._running.enter_context(started)

    def _stop(self) -> None:
        self._processes = None
        self._running.close()


def _content(answer: bytes, size: int) -> bytes:
    if len(answer) != size + 1:  # git ends it with a line break
        raise Unavailable("its content breaks off")
    return answer[:-1]


def _size(answer: bytes, blob: str) -> int:
    match answer.split():
        case [_, b"blob", size]:
            return int(size)
        case [_, b"missing"]:
            raise NotFound(
                f"the repository lacks {blob} (a partial clone, or damaged): fetch it in full, "
                "or run `git fsck`"
            )
        case [_, kind, _]:
            raise Unavailable(f"{blob} is a {kind.decode('ascii', 'replace')}, no file")
        case _:
            raise Unavailable("it is damaged")
