"""The `git` program, run so that a hostile repository's configuration starts nothing."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from foundation.errors import Forbidden, InvalidInput, Unavailable
from ingest.sources.naming import absolute

_SECONDS: Final = 60
_STEP: Final = 64 * 1024
_OBJECT_ID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

# What a repository's own configuration could name a program, a file or a network address in.
_HARDENED: Final = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.commitGraph=false",
    "core.pager=cat",
    "log.showSignature=false",
    "log.mailmap=false",
    "protocol.allow=never",
)


@dataclass(frozen=True, slots=True)
class Git:
    """A repository as seen through the `git` program: nothing is fetched, checked out or changed.

    Attributes:
        folder: any folder in the work tree, or the repository itself.
        program: the path of the executable.
        foreign_owner: read a repository that another user owns, which git refuses otherwise.
    """

    folder: Path
    program: str
    foreign_owner: bool = False

    @classmethod
    def find(cls, folder: Path, *, program: str = "git", foreign_owner: bool = False) -> Git:
        """Find the program and see that the folder belongs to a repository.

        Raises:
            Unavailable: there is no such program.
            InvalidInput: the folder is no git repository.
            Forbidden: another user owns it.
        """
        found = shutil.which(program)
        if found is None:
            raise Unavailable(f"{program!r} was not found: install git to read histories")
        git = cls(absolute(folder), str(Path(found).absolute()), foreign_owner=foreign_owner)
        git.ask("rev-parse", "--git-dir")
        return git

    def ask(self, *arguments: str) -> str:
        """Run a command with a short answer; without its last line break.

        Raises:
            InvalidInput: git refuses, for the reason in the message.
            Forbidden: another user owns the repository.
        """
        try:
            done = subprocess.run(  # noqa: S603 - fixed program, no shell
                self._command(arguments),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=environment(),
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"git did not answer within {_SECONDS} seconds") from error
        except (OSError, ValueError) as error:
            raise Unavailable(f"{self.program!r} could not be run: {error}") from error
        if done.returncode != 0:
            raise self._refusal(_last_words(done.stderr))
        return os.fsdecode(done.stdout).removesuffix("\n")

    def commit(self, revision: str) -> str:
        """Look up a branch, tag or id as the id of a commit.

        Raises:
            InvalidInput: it is none, or could be taken for an option.
        """
        if revision.startswith("-") or "\0" in revision:
            raise InvalidInput(f"{revision[:80]!r} is not a revision: name a branch, tag or commit")
        try:
            found = self.ask(
                "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"
            )
        except InvalidInput as error:
            raise InvalidInput(
                f"{str(self.folder)!r} has no commit {revision[:80]!r}: "
                "name a branch, tag or commit that exists there"
            ) from error
        if not _OBJECT_ID.fullmatch(found):
            raise InvalidInput(f"{revision[:80]!r} does not name one commit")
        return found

    @contextmanager
    def run(
        self, *arguments: str, patience_seconds: float, writable: bool = False
    ) -> Iterator[Running]:
        """Start a command whose output is read as it comes; it is ended with the block.

        Args:
            patience_seconds: how long it may be silent where output is waited for.
            writable: it is asked through a pipe.
        """
        with tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(  # noqa: S603 - fixed program, no shell
                self._command(arguments),
                stdin=subprocess.PIPE if writable else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=environment(),
                bufsize=0,
            )
            assert process.stdout is not None  # noqa: S101 - opened as a pipe just now
            running = Running(process, Pipe(process.stdout.fileno(), patience_seconds), complaints)
            try:
                yield running
            finally:
                running.close()

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        settings = [*_HARDENED, *(["safe.directory=*"] if self.foreign_owner else [])]
        switches = [part for setting in settings for part in ("-c", setting)]
        base = [self.program, "--no-pager", "--no-replace-objects", "-C", str(self.folder)]
        return [*base, *switches, *arguments]

    def _refusal(self, reason: str) -> InvalidInput | Forbidden:
        where = str(self.folder)
        if "dubious ownership" in reason:
            return Forbidden(
                f"another user owns the repository {where!r}: pass foreign_owner=True "
                "if its owner may be trusted"
            )
        if "not a git repository" in reason:
            return InvalidInput(
                f"{where!r} is no git repository, nor in one: ingest it as a folder"
            )
        return InvalidInput(f"git refused to read {where!r}: {reason}")


@dataclass(frozen=True, slots=True)
class Running:
    """A git command that runs, with what it says."""

    process: subprocess.Popen[bytes]
    output: Pipe
    complaints: IO[bytes]

    def failure(self) -> str:
        """Wait for the end; say why it failed, or nothing if it did not."""
        if self.process.wait() == 0:
            return ""
        self.complaints.seek(0)
        return (
            _last_words(self.complaints.read(65536)) or f"git ended with {self.process.returncode}"
        )

    def ask(self, line: str) -> bytes:
        """Write a line and read the first line of the answer; empty if git has ended.

        Only for commands started with `writable`.

        Raises:
            Unavailable: git is silent.
        """
        assert self.process.stdin is not None  # noqa: S101 - see above
        try:
            self.process.stdin.write(line.encode() + b"\n")
        except BrokenPipeError:
            return b""
        return self.output.readline()

    def close(self) -> None:
        """End the command, whether or not it was done, and free its pipes."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # a request that git did not live to read
        self.process.wait()


@dataclass(slots=True)
class Pipe:
    """A pipe that is not waited on for ever: a damaged object can leave git and us both waiting."""

    descriptor: int
    patience_seconds: float
    _held: bytearray = field(default_factory=bytearray)

    def read(self, size: int) -> bytes:
        """Read so many bytes; fewer only at the end.

        Raises:
            Unavailable: nothing comes.
        """
        while len(self._held) < size and self._fill():
            pass
        return self._take(size)

    def readline(self) -> bytes:
        """Read a line with its end; at the end of the output, what there is.

        Raises:
            Unavailable: nothing comes.
        """
        while (end := self._held.find(b"\n")) < 0 and self._fill():
            pass
        return self._take(end + 1 if end >= 0 else len(self._held))

    def _fill(self) -> bool:
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        if not poll.poll(self.patience_seconds * 1000):
            raise Unavailable(f"git has been silent for {self.patience_seconds:g} seconds")
        part = os.read(self.descriptor, _STEP)
        self._held += part
        return bool(part)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken


def environment() -> dict[str, str]:
    """Make an environment that takes nothing over but the search path.

    No system or user configuration, no prompts, no transport of any protocol (so that a partial
    clone cannot fetch what it lacks), no replaced or grafted history, no writing.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",
    }


def _last_words(complaints: bytes) -> str:
    lines = complaints.decode("utf-8", "replace").strip().splitlines()
    fatal = [line for line in lines if line.startswith("fatal:")] or lines[-1:]
    return fatal[0].removeprefix("fatal:").strip()[:300] if fatal else ""
