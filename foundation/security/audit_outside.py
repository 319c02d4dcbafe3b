"""Comparing the audit log with checkpoints that were kept outside its database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice
from typing import Final

from sqlalchemy import select

from foundation.database.engine import Database
from foundation.database.schema import audit_entries
from foundation.security.audit_checkpoints import CheckpointFile
from foundation.security.audit_proof import Problem, Reason, judge_checkpoint
from foundation.security.audit_signing import Checkpoint

_BATCH: Final = 500


class Outside:
    """Looks each line of a file up in the log: whoever rewrote all of it could not reach the file.

    Attributes:
        vouched: the newest entry that an agreeing line vouches for.
        checkpoints: how many lines agree.
        unread: how many lines are no checkpoints.
    """

    def __init__(self, database: Database, trusted: Collection[str]) -> None:
        self._database = database
        self._trusted = trusted
        self._rewritten: int | None = None
        self._others: list[Problem] = []
        self.vouched = 0
        self.checkpoints = 0
        self.unread = 0

    def compare(self, file: CheckpointFile, *, before: int | None, last: int) -> None:
        """Compare every line of a file with the log.

        Args:
            file: the lines.
            before: the first entry that is known to be wrong: what comes later can't be compared.
            last: the newest entry that was found in order.
        """
        lines = file.read()
        while batch := list(islice(lines, _BATCH)):
            found = [each for each in batch if each]
            self.unread += len(batch) - len(found)
            hashes = self._hashes(found)
            for line in found:
                if before is None or line.seq < before:
                    self._compare(line, hashes.get(line.seq), last)

    def problem(self) -> Problem | None:
        """Answer the first entry with which a line does not agree."""
        problems = list(self._others)
        if self._rewritten is not None:
            first = self.vouched + 1 if self.vouched < self._rewritten else self._rewritten
            detail = (
                f"entries {first} to {self._rewritten} are not those of a checkpoint kept outside"
            )
            problems.append(Problem(first, Reason.REWRITTEN, detail))
        return min(problems, key=lambda each: each.first_bad, default=None)

    def _hashes(self, lines: Sequence[Checkpoint]) -> dict[int, str]:
        entries = audit_entries.c
        wanted = select(entries.seq, entries.hash).where(
            entries.seq.in_({line.seq for line in lines})
        )
        with self._database.read() as connection:
            return {row.seq: row.hash for row in connection.execute(wanted)}

    def _compare(self, line: Checkpoint, digest: str | None, last: int) -> None:
        there = line.hash if digest is None else digest
        found = judge_checkpoint(line, "checkpoint", there, self._trusted, vouched=self.vouched)
        if found is None and digest is None:
            detail = f"the log ends with entry {last}; a checkpoint kept outside is of {line.seq}"
            found = Problem(last + 1, Reason.CUT, detail)
        if found is None:
            self.checkpoints += 1
            self.vouched = max(self.vouched, line.seq)
        elif found.reason is Reason.REWRITTEN:
            self._rewritten = min(line.seq, self._rewritten or line.seq)
        elif not self._others or found.first_bad < self._others[0].first_bad:
            self._others = [found]
