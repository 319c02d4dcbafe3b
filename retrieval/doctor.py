"""Compare every follower with the truth: counts, ids, checksums and queries for themselves."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foundation.database.engine import Database
from foundation.errors import GuildError
from foundation.ids import ChunkId, Seq
from knowledge.follower import Follower
from knowledge.log import AsOf
from knowledge.reading import Reader
from retrieval import examining
from retrieval.examining import some
from retrieval.model import Ranking

_SAMPLE = 32
_LOOKS = 5

VECTORS = "vectors"
"""The subject of what is wrong with the truth's vectors, which can be mended from its texts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `problem` is empty where all is well."""

    subject: str
    check: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Tell whether the check passed."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class Patient:
    """A follower and how to examine it.

    Attributes:
        follower: what is examined, and reset where it is wrong.
        ids: lists the current chunks it holds.
        reached: how far it can have come (the embedder's position for vector indexes).
        ask: searches for a chunk by its own content; None where a query makes no sense.
    """

    follower: Follower
    ids: Callable[[], NDArray[np.int64]]
    reached: Callable[[], Seq]
    ask: Callable[[ChunkId], Ranking] | None = None


class Doctor:
    """Examines a home, and rebuilds what is not as the truth says."""

    def __init__(self, database: Database, patients: Sequence[Patient], *, seed: int = 0) -> None:
        self._database = database
        self._reader = Reader(database)
        self._patients = patients
        self._random = random.Random(seed)  # noqa: S311 - a sample, no secret

    def examine(self) -> list[Finding]:
        """Check the truth, then each follower against it."""
        findings = self._truth()
        for patient in self._patients:
            findings.extend(self._follower(patient))
        return findings

    def repair(self, findings: Sequence[Finding]) -> list[str]:
        """Reset the followers that have a problem, so that they are rebuilt from the truth.

        Returns:
            What is being rebuilt. A text that is not as it was written can't be repaired: only a
            backup has it.
        """
        sick = {finding.subject for finding in findings if not finding.ok}
        names = []
        if VECTORS in sick:
            examining.mend_vectors(self._database)
            names.append(VECTORS)
        for patient in self._patients:
            if patient.follower.name in sick:
                patient.follower.reset()
                names.append(patient.follower.name)
        return names

    def _truth(self) -> list[Finding]:
        health = self._database.check(deep=True)
        return [
            Finding("truth", "database", "; ".join(health.problems)),
            Finding("truth", "version hashes", examining.wrong_versions(self._database)),
            Finding("truth", "chunks and spans", examining.wrong_chunks(self._database)),
            Finding("truth", "no orphans", examining.orphans(self._database)),
            Finding(VECTORS, "each passage's", examining.wrong_vectors(self._database)),
        ]

    def _follower(self, patient: Patient) -> list[Finding]:
        name = patient.follower.name
        try:
            lag = patient.reached() - patient.follower.position()
            if patient.follower.position() > self._reader.head():
                return [Finding(name, "position", "it is ahead of the truth")]
            if lag > 0:
                return [Finding(name, "position", f"{lag} changes behind: it is not caught up")]
            return self._ids(patient)
        except GuildError as error:
            return [Finding(name, "readable", str(error))]

    def _ids(self, patient: Patient) -> list[Finding]:
        """Compare ids with those of the seq that the follower is at: the log may move on."""
        name = patient.follower.name
        for _ in range(_LOOKS):
            seq = patient.follower.position()
            have = np.sort(patient.ids())
            if patient.follower.position() == seq:
                break
        want = np.asarray(self._reader.chunk_ids(AsOf(seq=seq)), np.int64)
        missing, extra = np.setdiff1d(want, have), np.setdiff1d(have, want)
        problems = (
            some("chunks are missing", missing.tolist()),
            some("chunks are too many", extra.tolist()),
            "" if have.size == np.unique(have).size else "some chunks stand in it twice",
        )
        findings = [Finding(name, f"ids of {want.size} chunks", "; ".join(filter(None, problems)))]
        if patient.ask:
            findings.append(Finding(name, "self-queries", self._lost(patient.ask)))
        return findings

    def _lost(self, ask: Callable[[ChunkId], Ranking]) -> str:
        """Ask for a sample of chunks by their own content."""
        known = self._reader.chunk_ids()
        sample = self._random.sample(known, min(_SAMPLE, len(known)))
        whole = self._reader.chunks(sample)
        lost = [number for number in sample if number in whole and number not in ask(number).ids]
        return some("chunks are not found by their own content", lost)
