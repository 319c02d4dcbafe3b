"""Compare every follower with the truth: counts, ids, checksums and queries for themselves."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from foundation.database.engine import Database
from foundation.database.schema import (
    attributes,
    chunks,
    documents,
    memberships,
    spans,
    vectors,
    versions,
)
from foundation.ids import FOREVER, ChunkId, Seq
from knowledge.follower import Follower
from knowledge.passages import batches
from knowledge.prepare import version_hash
from knowledge.reading import Reader
from retrieval.model import Ranking

_SAMPLE = 32
_NAMED = 5


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
            Their names. Problems of the truth itself can't be repaired from it.
        """
        sick = {finding.subject for finding in findings if not finding.ok}
        names = []
        for patient in self._patients:
            if patient.follower.name in sick:
                patient.follower.reset()
                names.append(patient.follower.name)
        return names

    def _truth(self) -> list[Finding]:
        health = self._database.check(deep=True)
        findings = [Finding("truth", "database", "; ".join(health.problems))]
        findings.append(Finding("truth", "version hashes", self._wrong_versions()))
        findings.append(Finding("truth", "chunks and spans", self._wrong_chunks()))
        findings.append(Finding("truth", "no orphans", self._orphans()))
        return findings

    def _wrong_versions(self) -> str:
        """Hash every version's content anew."""
        wrong: list[str] = []
        with self._database.read() as connection:
            ids = list(connection.execute(select(versions.c.id)).scalars())
        for group in batches(ids, 100):
            columns = (versions.c.id, versions.c.title, versions.c.text, versions.c.sha256)
            query = select(*columns).where(versions.c.id.in_(group))
            with self._database.read() as connection:
                wrong.extend(
                    row.id
                    for row in connection.execute(query)
                    if version_hash(row.title, row.text) != row.sha256
                )
        return _some("versions whose text does not match its hash", wrong)

    def _wrong_chunks(self) -> str:
        """Compare each document's searchable chunks with the spans of its current version."""
        current = select(versions.c.id, versions.c.document_id).where(versions.c.valid_to == FOREVER)
        stand_in = select(memberships.c.document_id).where(
            memberships.c.valid_to == FOREVER, memberships.c.canonical.is_(False)
        )
        with self._database.read() as connection:
            merged = set(connection.execute(stand_in).scalars())
            held = {row.id: row.document_id for row in connection.execute(current)}
            want: dict[str, list[str]] = {d: [] for d in held.values() if d not in merged}
            for group in batches(list(held)):
                query = select(spans.c.version_id, spans.c.text_hash).where(
                    spans.c.version_id.in_(group)
                )
                for row in connection.execute(query):
                    if held[row.version_id] in want:
                        want[held[row.version_id]].append(row.text_hash)
            have: dict[str, list[str]] = {}
            live = select(chunks.c.document_id, chunks.c.text_hash).where(
                chunks.c.valid_to == FOREVER
            )
            for row in connection.execute(live):
                have.setdefault(row.document_id, []).append(row.text_hash)
        wrong = [d for d in want.keys() | have.keys() if sorted(want.get(d, [])) != sorted(have.get(d, []))]
        return _some("documents whose chunks are not those of their version", wrong)

    def _orphans(self) -> str:
        """Count rows that hang in the air."""
        checks = {
            "documents without a version": select(func.count())
            .select_from(documents.outerjoin(versions))
            .where(versions.c.id.is_(None)),
            "documents without attributes": select(func.count())
            .select_from(documents.outerjoin(attributes))
            .where(attributes.c.document_id.is_(None)),
            "spans without a version": select(func.count())
            .select_from(spans.outerjoin(versions))
            .where(versions.c.id.is_(None)),
            "vectors without a passage": select(func.count())
            .select_from(vectors)
            .where(vectors.c.text_hash.not_in(select(spans.c.text_hash))),
        }
        with self._database.read() as connection:
            counts = {name: connection.execute(query).scalar_one() for name, query in checks.items()}
        return "; ".join(f"{count} {name}" for name, count in counts.items() if count)

    def _follower(self, patient: Patient) -> list[Finding]:
        name = patient.follower.name
        lag = patient.reached() - patient.follower.position()
        if lag > 0:
            return [Finding(name, "position", f"{lag} changes behind: wait for it, then look again")]
        have = np.sort(patient.ids())
        want = np.asarray(self._reader.current_chunk_ids(), np.int64)
        missing, extra = np.setdiff1d(want, have), np.setdiff1d(have, want)
        problem = "; ".join(
            text
            for text in (_some("chunks are missing", missing.tolist()), _some("chunks are too many", extra.tolist()))
            if text
        )
        findings = [Finding(name, f"ids of {want.size} chunks", problem)]
        if have.size != np.unique(have).size:
            findings.append(Finding(name, "each id once", "some chunks stand in it twice"))
        if patient.ask and want.size:
            findings.append(Finding(name, "self-queries", self._lost(patient.ask, want)))
        return findings

    def _lost(self, ask: Callable[[ChunkId], Ranking], want: NDArray[np.int64]) -> str:
        """Ask for a sample of chunks by their own content."""
        sample = self._random.sample(want.tolist(), min(_SAMPLE, want.size))
        lost = [number for number in sample if number not in ask(ChunkId(number)).ids]
        return _some("chunks are not found by their own content", lost)


def _some(what: str, items: Sequence[object]) -> str:
    if not items:
        return ""
    more = " …" if len(items) > _NAMED else ""
    return f"{len(items)} {what}: {', '.join(map(str, items[:_NAMED]))}{more}"


