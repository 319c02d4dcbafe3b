"""Appending to the audit log: a batch, the signed head and a checkpoint in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Connection, select

from foundation.clock import Clock
from foundation.database.engine import Database
from foundation.database.schema import audit_checkpoints, audit_entries, audit_head
from foundation.ids import new_id
from foundation.security.audit_end import HEAD_ID, End, Place, read_end
from foundation.security.audit_entry import Entry, Prepared, Result, chain_hash, prepare
from foundation.security.audit_keys import Keyring
from foundation.security.audit_signing import Checkpoint, Signer

TAMPERED: Final = "audit.tampered"
"""The operation of the entry that a writer leaves when it finds the log's end changed."""


class Chain:
    """Where the log grows: each commit is one short transaction. Threads may share it.

    Whoever appends locks the end first, so that numbers are gapless and each entry follows the one
    before it, in whatever process that was written. What is found there must be signed by a
    trusted key, and must not lie behind what this process saw: else it says so in an entry of its
    own, which stays, and goes on. So a writer never vouches in silence for what others changed.
    """

    def __init__(self, database: Database, keys: Keyring, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: Checkpoint | None = None
        self._tried_after: int | None = None
        self._told: set[str] = set()

    def commit(self, batch: Sequence[Prepared], *, checkpoint: bool = False) -> Checkpoint | None:
        """Append entries, on the disk when this returns.

        One that failed may have taken place all the same (the connection was lost): entries of it
        that are handed in again are looked for, and not written twice.

        Args:
            batch: what is appended, in this order.
            checkpoint: also keep a signed checkpoint of the new end.

        Returns:
            The checkpoint, if one was asked for; None while the log is empty.

        Raises:
            Conflict: another writer did not end in time.
            Unavailable: the database did not answer, or the key can't be had.
        """
        signer = self._keys.signer()
        with self._lock:
            with self._database.write() as connection:
                new = self._missing(connection, batch)
                end = read_end(connection, self._seen, self._keys.trusted)
                if new and self._tried_after is None:
                    self._tried_after = end.place.seq
                place, head = self._append(connection, signer, end, new)
                signed = self._keep(connection, signer, place) if checkpoint else None
            self._seen = head
            if end.unknown_key:
                self._told.add(end.unknown_key)
            if batch:
                self._tried_after = None
        return signed

    def append(self, connection: Connection, batch: Sequence[Prepared]) -> None:
        """Append entries in a `write()` of the caller's: with what it does, or not at all.

        Nothing is remembered of it, as it is not known here whether that is committed.

        Raises:
            Unavailable: the database did not answer, or the key can't be had.
        """
        signer = self._keys.signer()
        end = read_end(connection, self._seen, self._keys.trusted)
        self._append(connection, signer, end, batch)

    def _append(
        self, connection: Connection, signer: Signer, end: End, batch: Sequence[Prepared]
    ) -> tuple[Place, Checkpoint | None]:
        entries = [*self._notices(end), *batch]
        place = self._insert(connection, end.place, entries)
        return place, self._sign_head(connection, signer, place) if entries else end.head

    def _missing(self, connection: Connection, batch: Sequence[Prepared]) -> Sequence[Prepared]:
        """Leave out what the commit before did write, although it seemed to fail."""
        if self._tried_after is None:
            return batch
        ids = [prepared.row["id"] for prepared in batch]
        query = select(audit_entries.c.id).where(
            audit_entries.c.seq > self._tried_after, audit_entries.c.id.in_(ids)
        )
        there = set(connection.execute(query).scalars())
        return [prepared for prepared in batch if prepared.row["id"] not in there]

    def _notices(self, end: End) -> list[Prepared]:
        """Say once what is wrong with the end; every process says it of an unknown key."""
        if not end.problem or end.unknown_key in self._told:
            return []
        details = {"problem": end.problem, "public_key": end.unknown_key, "after": end.place.seq}
        entry = Entry(
            id=new_id(),
            at=self._clock(),
            operation=TAMPERED,
            action="verify",
            resource="audit log",
            result=Result.FAILED,
            metadata={name: value for name, value in details.items() if value},
        )
        return [prepare(entry, dict)]

    def _insert(self, connection: Connection, place: Place, entries: Sequence[Prepared]) -> Place:
        seq, digest = place
        rows: list[dict[str, Any]] = []
        for prepared in entries:
            previous, seq = digest, seq + 1
            digest = chain_hash(previous, seq, prepared.canonical)
            rows.append({**prepared.row, "seq": seq, "previous": previous, "hash": digest})
        self._database.bulk_insert(connection, audit_entries, rows)
        return Place(seq, digest)

    def _sign_head(self, connection: Connection, signer: Signer, place: Place) -> Checkpoint:
        head = signer.sign("head", *place, self._clock())
        row = {"id": HEAD_ID, **asdict(head)}
        self._database.bulk_insert(connection, audit_head, [row], on_conflict="update")
        return head

    def _keep(self, connection: Connection, signer: Signer, place: Place) -> Checkpoint | None:
        if not place.seq:
            return None
        signed = signer.sign("checkpoint", *place, self._clock())
        row = asdict(signed)
        self._database.bulk_insert(connection, audit_checkpoints, [row], on_conflict="ignore")
        return signed
