"""Rows of vectors in flat files that one process appends to and many map into memory.

A folder holds `state.json` and, for each generation (a reset begins a new one), two files:

- `vectors.f32`: row after row of float32, little endian;
- `columns.i64`: blocks of BLOCK rows; within a block one column (`Field`) after the other.

Writes go through `pwrite`, never through the mapping, so that a full disk is an error and not a
signal. `state.json` is replaced only after both files are synced, and rows beyond its count do
not exist: a torn append leaves no trace.
"""

from __future__ import annotations

import json
import mmap
import os
import shutil
import zlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import numpy as np

from foundation.ids import Seq
from retrieval.indexes.durable import replace_text
from retrieval.indexes.rows import BLOCK, WIDTH, Field, Integers, Rows, State
from retrieval.model import Matrix

_FORMAT: Final = "elders-rows-1"
_GROWTH: Final = 1.25


class RowStore:
    """The files behind `Rows`; one writer at a time (the caller holds the home's lock)."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._state_file = folder / "state.json"
        self._mapped: tuple[tuple[int, int, int], Matrix, Integers] | None = None
        self._files: tuple[int, int] | None = None

    def read(self) -> Rows:
        """Map what is committed; no rows at seq 0 where there is nothing, or it is damaged."""
        for _ in range(3):  # a reset may take the generation away between state and files
            state = self._read_state()
            if state is None:
                break
            try:
                return self._map(state)
            except (OSError, ValueError):
                continue
        return Rows.none(self._dimension)

    def signature(self) -> tuple[int, int]:
        """Answer what every commit changes, cheaply: the state file's inode and time."""
        try:
            stat = self._state_file.stat()
        except OSError:
            return 0, 0
        return stat.st_ino, stat.st_mtime_ns

    def open(self) -> Rows:
        """Take the folder for writing: what is committed, or nothing at all on any doubt."""
        rows = self.read()
        if not rows.state.generation or not rows.sound():
            return self.clear()
        self._open_files(rows.state)
        self.trim(rows)
        return rows

    def clear(self) -> Rows:
        """Begin an empty generation; whoever maps the old one keeps its pages until he looks."""
        self.close()
        self._state_file.unlink(missing_ok=True)
        old = [int(p.name[1:]) for p in self._folder.glob("g*") if p.name[1:].isdigit()]
        for number in old:
            shutil.rmtree(self._generation(number))
        state = State(max(old, default=0) + 1, self._dimension)
        self._generation(state.generation).mkdir(parents=True)
        self._open_files(state)
        self._reserve(1)
        return self._map(state)

    def trim(self, rows: Rows) -> None:
        """Wipe what an interrupted append left behind the rows: it may be purged by now."""
        os.ftruncate(self._writable()[0], 4 * self._dimension * len(rows))
        self._reserve(max(1, len(rows)))

    def append(self, rows: Rows, vectors: Matrix, columns: Integers) -> Rows:
        """Write rows behind the last: vectors (n, dimension), columns (WIDTH, n). Not synced."""
        start, upto = len(rows), len(rows) + len(vectors)
        self._reserve(upto)
        self.put_vectors(start, vectors)
        for first in range(start // BLOCK * BLOCK, upto, BLOCK):
            begin, end = max(first, start), min(first + BLOCK, upto)
            for field in Field:
                self.put(begin, field, columns[field, begin - start : end - start])
        return self._map(replace(rows.state, rows=upto))

    def put(self, row: int, field: Field, values: Integers) -> None:
        """Write one column of rows of one block, from `row` on. Not synced."""
        block, offset = divmod(row, BLOCK)
        place = ((block * WIDTH + field) * BLOCK + offset) * 8
        _write_all(self._writable()[1], values.astype("<i8").tobytes(), place)

    def put_vectors(self, row: int, vectors: Matrix) -> None:
        """Write vectors, shape (n, dimension), from `row` on. Not synced."""
        place = row * self._dimension * 4
        _write_all(self._writable()[0], vectors.astype("<f4").tobytes(), place)

    def commit(self, rows: Rows, seq: Seq) -> Rows:
        """Sync the files, then let the state name these rows and this seq."""
        for descriptor in self._writable():
            os.fsync(descriptor)
        state = replace(rows.state, seq=seq)
        body = json.dumps({"format": _FORMAT, **asdict(state)})
        envelope = {"body": body, "crc": zlib.crc32(body.encode())}
        replace_text(self._state_file, json.dumps(envelope))
        return self._map(state)

    def close(self) -> None:
        """Let go of the files; mappings in use stay."""
        for descriptor in self._files or ():
            os.close(descriptor)
        self._files = None
        self._mapped = None

    def _generation(self, number: int) -> Path:
        return self._folder / f"g{number}"

    def _read_state(self) -> State | None:
        try:
            envelope = json.loads(self._state_file.read_text())
            body = str(envelope["body"])
            fields = json.loads(body)
            if zlib.crc32(body.encode()) != envelope["crc"] or fields.pop("format") != _FORMAT:
                return None
            state = State(**fields)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return state if state.dimension == self._dimension else None

    def _map(self, state: State) -> Rows:
        """Map the files, or take the mapping at hand if it reaches far enough.

        Raises:
            OSError: a file is missing.
            ValueError: a file is too short for the rows.
        """
        mapped = self._mapped
        if mapped is None or not _reaches(mapped[0], state):
            folder = self._generation(state.generation)
            vectors = _mapping(folder / "vectors.f32", 4 * self._dimension)
            blocks = _mapping(folder / "columns.i64", 8 * WIDTH * BLOCK)
            matrix = np.frombuffer(vectors, "<f4").reshape(-1, self._dimension)
            columns = np.frombuffer(blocks, "<i8").reshape(-1, WIDTH, BLOCK)
            reach = (state.generation, len(matrix), len(columns) * BLOCK)
            if not _reaches(reach, state):
                raise ValueError(f"{folder} holds fewer rows than its state says; reset the index")
            mapped = self._mapped = (reach, matrix, columns)
        return Rows(state, mapped[1], mapped[2])

    def _open_files(self, state: State) -> None:
        self.close()
        folder = self._generation(state.generation)
        flags = os.O_RDWR | os.O_CREAT
        self._files = (
            os.open(folder / "vectors.f32", flags, 0o600),
            os.open(folder / "columns.i64", flags, 0o600),
        )

    def _writable(self) -> tuple[int, int]:
        if self._files is None:
            raise ValueError(f"the index in {self._folder} is closed; open it again to write")
        return self._files

    def _reserve(self, rows: int) -> None:
        """Lengthen both files (sparsely) to hold so many rows; they never shrink."""
        vectors, columns = self._writable()
        held = os.fstat(columns).st_size // (8 * WIDTH * BLOCK) * BLOCK
        if rows > held:
            held = -(-max(rows, int(held * _GROWTH)) // BLOCK) * BLOCK
            os.ftruncate(columns, 8 * WIDTH * held)
        if os.fstat(vectors).st_size < 4 * self._dimension * held:
            os.ftruncate(vectors, 4 * self._dimension * held)


def _reaches(reach: tuple[int, int, int], state: State) -> bool:
    return reach[0] == state.generation and min(reach[1:]) >= state.rows


def _mapping(path: Path, unit: int) -> memoryview:
    with path.open("rb") as file:
        whole = os.fstat(file.fileno()).st_size // unit * unit
        return memoryview(mmap.mmap(file.fileno(), whole, access=mmap.ACCESS_READ))


def _write_all(descriptor: int, data: bytes, place: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, place)
        view, place = view[written:], place + written
