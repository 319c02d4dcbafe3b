"""What the Chroma follower remembers beside the store, because the store itself may lie."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from foundation.ids import Seq
from retrieval.indexes.durable import replace_text, sync_folder
from retrieval.indexes.rows import Integers


@dataclass(frozen=True, slots=True)
class Journal:
    """How far the store is, and how many vectors it must hold.

    While a feed is being written, `opening` and `closing` tell by how many the count may differ.
    """

    generation: int
    dimension: int
    seq: Seq
    count: int = 0
    opening: int = 0
    closing: int = 0

    @property
    def fewest(self) -> int:
        """The least that a store with nothing lost can hold."""
        return max(0, self.count - self.closing)

    @property
    def most(self) -> int:
        """The most that a store with nothing left over can hold."""
        return self.count + self.opening


class JournalFolder:
    """The follower's folder.

    It holds `state.json`, the marker `clean`, and for each generation the folder of the store and
    a list of the ids ever written to it.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self.folder = folder
        self._dimension = dimension
        self._state = folder / "state.json"
        self._marker = folder / "clean"

    def read(self) -> Journal | None:
        """Read the journal; None where it is absent, torn or of another dimension."""
        try:
            journal = Journal(**json.loads(self._state.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return journal if journal.dimension == self._dimension else None

    def write(self, journal: Journal) -> Journal:
        """Store durably."""
        self.folder.mkdir(parents=True, exist_ok=True)
        replace_text(self._state, json.dumps(asdict(journal)))
        return journal

    def begin(self) -> Journal:
        """Start an empty generation and remove what belongs to older ones."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.soil()
        known = self.read()
        names = [path.name.rpartition("-")[2] for path in self.folder.glob("store-*")]
        used = [int(name) for name in names if name.isdigit()]
        generation = max([known.generation if known else 0, *used]) + 1
        journal = self.write(Journal(generation, self._dimension, Seq(0)))
        for path in self.folder.glob("store-*"):
            shutil.rmtree(path)
        for path in self.folder.glob("written-*"):
            path.unlink()
        return journal

    def store(self, journal: Journal) -> Path:
        """Name the folder that is Chroma's alone."""
        return self.folder / f"store-{journal.generation}"

    @property
    def clean(self) -> bool:
        """Tell whether the store was closed in order."""
        return self._marker.exists()

    def mark_clean(self) -> None:
        """Note that the store was closed in order."""
        self._marker.touch()
        sync_folder(self.folder)

    def soil(self) -> None:
        """Note, before the store is opened, that it may be torn from now on."""
        self._marker.unlink(missing_ok=True)
        sync_folder(self.folder)

    def written(self, journal: Journal) -> Integers:
        """List the ids ever written in this generation: their bytes are in its files for good."""
        try:
            data = self._ledger(journal).read_bytes()
        except FileNotFoundError:
            return np.empty(0, np.int64)
        return np.frombuffer(data[: len(data) // 8 * 8], "<i8")

    def note_written(self, journal: Journal, ids: Sequence[int]) -> None:
        """Add ids durably, before the store learns of them."""
        descriptor = os.open(self._ledger(journal), os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.seek(os.fstat(file.fileno()).st_size // 8 * 8)
            file.write(np.array(ids, "<i8").tobytes())
            file.flush()
            os.fsync(file.fileno())

    def _ledger(self, journal: Journal) -> Path:
        return self.folder / f"written-{journal.generation}.i64"
