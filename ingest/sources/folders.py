"""A folder and all below it as a source."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from foundation.errors import InvalidInput
from ingest.model import Record
from ingest.sources.ignoring import (
    MAX_IGNORE_BYTES,
    IgnoreFile,
    inclusion,
    is_ignored,
    is_passed_over,
    parse_ignore_file,
)
from ingest.sources.naming import file_uri, readable
from ingest.sources.reading import (
    DEFAULT_MAX_BYTES,
    FileReader,
    explain,
    open_regular,
    read_capped,
)

_LEADS_OUT: Final = (
    "a link that leads out of the folder: it is not followed unless follow_links is given"
)


@dataclass(frozen=True, slots=True)
class FolderSource:
    """Every file below a folder, named by its path relative to that folder (`guides/a.md`).

    The order is that of the names' bytes, folder by folder; folders reached only through links
    come last. Each real folder is read once, so loops end. A link to a file within the root is a
    document of its own name. What cannot be read (and a link out of the root) is yielded with its
    error; what is ignored is not yielded at all.

    Attributes:
        include: patterns in gitignore syntax, one of which a file must match; none: all files.
        default_ignores: pass over .git, node_modules, __pycache__ and .venv.
        hidden: take files and folders whose name begins with a dot, too.
        gitignore: obey the .gitignore files found in the tree.
        eldersignore: obey the .eldersignore files (same syntax, the last word) found in the tree.
        follow_links: follow symbolic links out of the root.
        prefix: put before each `source_id`, to keep several roots apart in one collection.
        max_bytes: a larger file is not read.
        dated: a file's modification time is when its content became true; else that is when it
            comes to be known here.
    """

    root: Path
    include: Sequence[str] = ()
    default_ignores: bool = True
    hidden: bool = False
    gitignore: bool = True
    eldersignore: bool = True
    follow_links: bool = False
    prefix: str = ""
    max_bytes: int = DEFAULT_MAX_BYTES
    dated: bool = False

    def records(self) -> Iterator[Record]:
        """Walk the folder and read each file as its turn comes.

        Raises:
            InvalidInput: a pattern of `include` is not understood.
        """
        reader = FileReader(self.max_bytes, dated=self.dated)
        for found in self._walk():
            source_id = self.prefix + readable(found.relative)
            shown = self.root / found.relative
            if found.problem:
                name = readable(shown.name)
                yield Record(source_id, uri=file_uri(shown), name=name, error=found.problem)
            else:
                yield reader.read(found.path, source_id, shown=str(shown), follow=False)

    def count(self) -> int:
        """Walk the folder without reading its files: cheap beside what follows."""
        return sum(1 for _ in self._walk())

    def _walk(self) -> Iterator[_Found]:
        return _Walk(self, os.path.realpath(self.root), inclusion(self.include)).run()


@dataclass(frozen=True, slots=True)
class _Found:
    """A file to read at `path`, or the reason why there is nothing to read.

    `relative` is what it is called; that of a folder ends with a slash.
    """

    path: str
    relative: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder still to be listed; `relative` is empty or ends with a slash."""

    path: str
    relative: str
    rules: tuple[IgnoreFile, ...] = ()


@dataclass(slots=True)
class _Walk:
    """One walk: a stack in place of recursion, for a tree may be deeper than Python's stack."""

    options: FolderSource
    root: str
    included: Callable[[str], bool]
    visited: set[tuple[int, int]] = field(default_factory=set)
    linked: deque[_Folder] = field(default_factory=deque)

    def run(self) -> Iterator[_Found]:
        self.linked.append(_Folder(self.root, ""))
        while self.linked:
            stack: list[_Folder | _Found] = [self.linked.popleft()]
            while stack:
                item = stack.pop()
                if isinstance(item, _Found):
                    yield item
                else:
                    stack.extend(reversed(self._enter(item)))

    def _enter(self, folder: _Folder) -> list[_Folder | _Found]:
        try:
            facts = Path(folder.path).stat()
            if (facts.st_dev, facts.st_ino) in self.visited:
                return []
            self.visited.add((facts.st_dev, facts.st_ino))
            with os.scandir(folder.path) as listing:
                entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            return [_Found(folder.path, folder.relative or "./", explain(error))]
        items: list[_Folder | _Found] = []
        rules = folder.rules
        present = {entry.name for entry in entries}
        for name in self._ignore_file_names():
            if name in present:
                rule = _read_ignore_file(folder, name)
                rules = (*rules, rule)
                if rule.problem:
                    items.append(_Found(folder.path, folder.relative + name, rule.problem))
        for entry in entries:
            item = self._judge(entry, folder.relative + entry.name, rules)
            if item is not None:
                items.append(item)
        return items

    def _ignore_file_names(self) -> Iterator[str]:
        if self.options.gitignore:
            yield ".gitignore"
        if self.options.eldersignore:
            yield ".eldersignore"

    def _judge(
        self, entry: os.DirEntry[str], relative: str, rules: tuple[IgnoreFile, ...]
    ) -> _Folder | _Found | None:
        """Decide what becomes of an entry: listed in turn, read, refused, or passed over (None)."""
        options = self.options
        if is_passed_over(
            entry.name, default_ignores=options.default_ignores, hidden=options.hidden
        ):
            return None
        is_folder = _is_folder(entry)
        if is_ignored(rules, relative, folder=is_folder):
            return None
        if not is_folder and not self.included(relative):
            return None
        if entry.is_symlink():
            return self._judge_link(entry, relative, rules, is_folder=is_folder)
        if is_folder:
            return _Folder(entry.path, relative + "/", rules)
        return _Found(entry.path, relative)

    def _judge_link(
        self,
        entry: os.DirEntry[str],
        relative: str,
        rules: tuple[IgnoreFile, ...],
        *,
        is_folder: bool,
    ) -> _Folder | _Found | None:
        name = relative + "/" if is_folder else relative
        try:
            target = os.path.realpath(entry.path, strict=True)
        except OSError as error:
            return _Found(entry.path, name, f"a link to nowhere: {explain(error)}")
        inside = os.path.commonpath([self.root, target]) == self.root
        if not inside and not self.options.follow_links:
            return _Found(entry.path, name, _LEADS_OUT)
        if not is_folder:
            return _Found(target, name)
        self.linked.append(_Folder(target, name, rules))
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads in circles
        return False


def _read_ignore_file(folder: _Folder, name: str) -> IgnoreFile:
    """Read one; where that fails, its problem says so and no rule of it holds."""
    depth = folder.relative.count("/")
    try:
        with open_regular(f"{folder.path}/{name}", follow=False) as stream:
            data = read_capped(stream, MAX_IGNORE_BYTES)
    except (OSError, InvalidInput) as error:
        reason = explain(error) if isinstance(error, OSError) else str(error)
        return IgnoreFile(depth, problem=reason)
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    return parse_ignore_file(text, depth=depth)
