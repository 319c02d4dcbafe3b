from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ingest.model import Record


@dataclass(frozen=True)
class Repository:
    """A real repository, written with fixed names and chosen dates."""

    path: Path

    def git(self, *arguments: str, at: str = "2024-01-01T00:00:00+00:00", **env: str) -> bytes:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            check=True,
            capture_output=True,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.path.parent),
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_AUTHOR_NAME": "Ann",
                "GIT_AUTHOR_EMAIL": "ann@example.org",
                "GIT_AUTHOR_DATE": at,
                "GIT_COMMITTER_NAME": "Carl",
                "GIT_COMMITTER_EMAIL": "carl@example.org",
                "GIT_COMMITTER_DATE": at,
                **env,
            },
        )
        return done.stdout

    def write(self, **files: str | bytes | None) -> None:
        """Write, or remove (None), files; `__` stands for a slash, `_` for a dot."""
        for key, content in files.items():
            self.put(key.replace("__", "/").replace("_", "."), content)

    def put(self, name: str, content: str | bytes | None) -> None:
        path = self.path / name
        if content is None:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(
        self, message: str, at: str = "2024-01-01T00:00:00+00:00", **files: str | bytes | None
    ) -> str:
        self.write(**files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, at=at)
        return self.git("rev-parse", "HEAD").decode().strip()


def create(path: Path, *options: str) -> Repository:
    path.mkdir(parents=True, exist_ok=True)
    repository = Repository(path)
    repository.git("init", "-q", "-b", "main", *options)
    return repository


def told(records: Iterable[Record]) -> list[tuple[str, str]]:
    """Name each record and what it says: its content, "-" if deleted, "!" if it failed."""
    return [
        (
            record.source_id,
            "-" if record.deleted else "!" if record.error else (record.data or b"").decode(),
        )
        for record in records
    ]


def final(records: Iterable[Record]) -> dict[str, bytes]:
    state: dict[str, bytes] = {}
    for record in records:
        if record.deleted:
            state.pop(record.source_id, None)
        elif record.data is not None:
            state[record.source_id] = record.data
    return state


def tree(repository: Repository, revision: str = "HEAD") -> dict[str, bytes]:
    listed = repository.git("ls-tree", "-r", "-z", "--name-only", revision).decode()
    return {
        name: repository.git("cat-file", "blob", f"{revision}:{name}")
        for name in listed.split("\0")
        if name
    }
