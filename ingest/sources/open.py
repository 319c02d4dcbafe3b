"""From what a user names to the source that reads it."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import InvalidInput
from ingest.sources.files import FileSource
from ingest.sources.folders import FolderSource
from ingest.sources.git import GitSource
from ingest.sources.jsonl import JsonlSource
from ingest.sources.naming import absolute
from ingest.sources.stdin import StreamSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.model import Source

STDIN: Final = "-"
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_META: Final = re.compile(r"[\\*?\[\]!# ]")  # what gitignore patterns give a meaning
_JSONL: Final = (".jsonl", ".jsonl.gz")


def open_source(target: str, *, history: bool = False, **options: Any) -> Source:
    """Choose the source by what the target is.

    Args:
        target: `-` for standard input, an http or https address, a `.jsonl` or `.jsonl.gz` file,
            any other file, or a folder.
        history: read the history of the git repository that the target is (or lies in), not its
            files.
        options: what the chosen source takes (`include`, `max_bytes`, `dated_by` …).

    Raises:
        InvalidInput: there is no such thing, or it does not take such an option.
        Unavailable: a history is asked for, and there is no git.
    """
    if history and (target == STDIN or _ADDRESS.match(target)):
        raise InvalidInput(f"{target[:200]!r} has no history here: clone it and name the folder")
    if target == STDIN:
        options.setdefault("stream", sys.stdin.buffer)
        return _made(StreamSource, "standard input", options)
    if _ADDRESS.match(target):
        from ingest.sources.web import UrlSource, checked_url

        checked_url(target)
        return _made(UrlSource, "an address", {"urls": (target,), **options})
    path = _existing(target)
    if history:
        return _made(GitSource, "a git repository", {**_in_repository(path), **options})
    if path.is_dir():
        return _made(FolderSource, "a folder", {"root": path, **options})
    if path.name.lower().endswith(_JSONL):
        return _made(JsonlSource, "a JSON Lines file", {"path": path, **options})
    return _made(FileSource, "a file", {"path": path, **options})


def _existing(target: str) -> Path:
    path = Path(target)
    try:
        path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(
            f"{target[:200]!r} cannot be ingested ({reason}): name a file, a folder, "
            "an http(s) address, or - for standard input"
        ) from error
    if not target:
        raise InvalidInput("an empty name: write . for the current folder")
    return path


def _in_repository(path: Path) -> dict[str, Any]:
    """Name a folder's history, or that of one file alone, called as `FileSource` calls it."""
    if path.is_dir():
        return {"repository": path}
    name = absolute(path).name
    return {"repository": absolute(path).parent, "include": ("/" + _META.sub(r"\\\g<0>", name),)}


def _made(make: Callable[..., Source], what: str, options: dict[str, Any]) -> Source:
    known = inspect.signature(make).parameters
    if strange := sorted(options.keys() - known.keys()):
        raise InvalidInput(
            f"{what} takes no option {', '.join(strange)}; it takes {', '.join(list(known)[1:])}"
        )
    return make(**options)
