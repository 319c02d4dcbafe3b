"""The history of a git repository as a source: each commit that touched a file is a version."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import quote

from foundation.errors import GuildError, InvalidInput, Unavailable
from ingest.model import Record
from ingest.sources.git_blobs import BlobReader
from ingest.sources.git_log import LOG_COMMAND, Commit, changes, split_fields
from ingest.sources.git_process import Git
from ingest.sources.git_timeline import Event, Kind, Timeline
from ingest.sources.ignoring import inclusion, is_passed_over
from ingest.sources.naming import file_uri, readable
from ingest.sources.reading import DEFAULT_MAX_BYTES, iso

_COUNTABLE_COMMITS: Final = 20_000
_LOG_PATIENCE: Final = 20


@dataclass(frozen=True, slots=True)
class GitSource:
    """Every state that the files of a repository were in, oldest first.

    The commits come as they follow from each other, by date where branches leave a choice; a
    merge adds what differs from the state reached so far, so that the last state of every file is
    that of the revision. With `first_parent`, the branches' commits are left out, and each moment
    shows what stood on the main line then.

    `time` is the committer's date: when the change entered this history (the author's, in
    `metadata["authored"]`, may be years before and does not follow the order). Where a clock went
    wrong and a file's date lies before that of its previous change, it takes that one, so that
    per file time never goes back.

    `source_id` is the path relative to the folder that was given: as a `FolderSource` on the
    checked-out folder would call it, and by the same defaults hidden files are passed over. A
    renamed file is deleted and added. Symbolic links and submodules are yielded once each, with
    an error that says so. A shallow clone's oldest commit adds whatever there was.

    Attributes:
        repository: a work tree, a folder in it, or a bare repository.
        folder: only what lies below it (relative to `repository`).
        include: patterns in gitignore syntax, one of which a path must match; none: all.
        since: a revision that is left out, with all before it.
        until: the revision to read up to.
        first_parent: leave out the commits of merged branches.
        default_ignores: pass over node_modules, __pycache__ and .venv.
        hidden: take files and folders whose name begins with a dot, too.
        prefix: put before each `source_id`, to keep several roots apart in one collection.
        max_bytes: larger content is not read.
        patience_seconds: how long git may be silent about one file; the log, which is sorted
            before it begins, has twenty times as long.
        foreign_owner: read a repository that another user owns.
        program: the git executable.

    Raises:
        InvalidInput: no repository, no such revision, or a folder or pattern that is none.
        Unavailable: there is no git.
        Forbidden: another user owns the repository.
    """

    repository: Path
    folder: str = ""
    include: Sequence[str] = ()
    since: str = ""
    until: str = "HEAD"
    first_parent: bool = False
    default_ignores: bool = True
    hidden: bool = False
    prefix: str = ""
    max_bytes: int = DEFAULT_MAX_BYTES
    patience_seconds: float = 30.0
    foreign_owner: bool = False
    program: str = "git"
    _found: _Found = field(init=False, repr=False)

    def __post_init__(self) -> None:
        git = Git.find(self.repository, program=self.program, foreign_owner=self.foreign_owner)
        place = _Place.of(git, self.folder)
        revisions = [git.commit(self.until)]
        if self.since:
            revisions.append(f"^{git.commit(self.since)}")
        if self.first_parent:
            revisions.append("--first-parent")
        found = _Found(git, place, tuple(revisions), inclusion(self.include))
        object.__setattr__(self, "_found", found)

    def records(self) -> Iterator[Record]:
        """Yield each state of each file; content comes through one long-lived git process."""
        with BlobReader(self._found.git, self.max_bytes, self.patience_seconds) as blobs:
            try:
                for event in self._events():
                    yield self._record(event, blobs)
            except GuildError as error:
                yield Record(
                    self.prefix + readable(self._found.git.folder.name),
                    uri=file_uri(self._found.git.folder),
                    error=f"the history breaks off here: {error}",
                )

    def count(self) -> int | None:
        """Count the records from the log alone; unknown where that would take long."""
        try:
            commits = int(self._found.git.ask("rev-list", "--count", *self._found.revisions, "--"))
            if commits > _COUNTABLE_COMMITS:
                return None
            return sum(1 for _ in self._events())
        except GuildError:
            return None

    def _events(self) -> Iterator[Event]:
        """Run the log.

        Raises:
            InvalidInput: git printed something unknown.
            Unavailable: git gave up (a damaged repository).
        """
        timeline = Timeline()
        patience = self.patience_seconds * _LOG_PATIENCE
        with self._found.git.run(
            *LOG_COMMAND, *self._found.revisions, "--", patience_seconds=patience
        ) as log:
            for change in changes(split_fields(log.output)):
                if self._wanted(change.path):
                    yield from timeline.follow(change)
            if reason := log.failure():
                raise Unavailable(f"{reason}; run `git fsck` on the repository")

    def _wanted(self, path: bytes) -> bool:
        if not path.startswith(self._found.place.prefix):
            return False
        relative = self._found.place.relative(path)
        names = relative.split("/")
        return self._found.included(relative) and not any(
            is_passed_over(name, default_ignores=self.default_ignores, hidden=self.hidden)
            for name in names
        )

    def _record(self, event: Event, blobs: BlobReader) -> Record:
        change, commit = event.change, event.change.commit
        relative = self._found.place.relative(change.path)
        record = Record(
            self.prefix + readable(relative),
            uri=self._found.place.uri(change.path),
            name=readable(relative.rpartition("/")[2]),
            metadata=_metadata(commit),
            author=commit.author,
            message=commit.message,
            time=event.time,
        )
        if event.kind is Kind.DELETED:
            return replace(record, deleted=True)
        if event.kind is Kind.REFUSED:
            return replace(record, error=event.reason)
        try:
            return replace(record, data=blobs.read(change.blob))
        except GuildError as error:
            return replace(record, error=f"commit {commit.id[:12]}: {error}")


@dataclass(frozen=True, slots=True)
class _Found:
    """What was looked up when the source was made, so that every walk sees the same commits."""

    git: Git
    place: _Place
    revisions: tuple[str, ...]
    included: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Place:
    """Which part of a repository is read, and how its files are cited.

    Attributes:
        prefix: what paths must begin with: empty, or ending with a slash.
        base: the URI that a path is appended to.
    """

    prefix: bytes
    base: str

    @classmethod
    def of(cls, git: Git, folder: str) -> _Place:
        inner = os.fsencode(_inside(folder))
        if git.ask("rev-parse", "--is-inside-work-tree") != "true":
            return cls(inner, file_uri(git.ask("rev-parse", "--absolute-git-dir")) + "#")
        outer = os.fsencode(git.ask("rev-parse", "--show-prefix"))
        return cls(outer + inner, file_uri(git.ask("rev-parse", "--show-toplevel")) + "/")

    def relative(self, path: bytes) -> str:
        return path[len(self.prefix) :].decode("utf-8", "surrogateescape")

    def uri(self, path: bytes) -> str:
        return self.base + quote(path)


def _inside(folder: str) -> str:
    """Check a folder within a repository; empty, or with a slash at its end."""
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts or "\0" in folder:
        raise InvalidInput(
            f"folder {folder[:80]!r} must be a path inside the repository, such as docs/guides"
        )
    return f"{path}/" if path.parts else ""


def _metadata(commit: Commit) -> dict[str, str]:
    return {
        "commit": commit.id,
        "committed": iso(commit.committed),
        "authored": iso(commit.authored),
    }
