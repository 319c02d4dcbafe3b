"""The audit log of a home: writing, reading, verifying and signing it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from sqlalchemy import select

from foundation.clock import Clock, system_clock
from foundation.database.engine import Database
from foundation.database.schema import audit_checkpoints, audit_head
from foundation.errors import Conflict, InvalidInput, NotFound, Unavailable
from foundation.security.audit import AuditTrail
from foundation.security.audit_checkpoints import FILE_NAME, CheckpointFile
from foundation.security.audit_entry import Sanitise
from foundation.security.audit_export import FORMATS, csv_lines, json_lines
from foundation.security.audit_keys import Keyring
from foundation.security.audit_metadata import without_secrets
from foundation.security.audit_reading import AuditLog, AuditQuery
from foundation.security.audit_signing import read_public_keys
from foundation.security.audit_verifying import Verdict, verify
from foundation.settings import Settings


class Audit:
    """Knows where a home's audit log, its keys and its checkpoints are."""

    def __init__(
        self,
        database: Database,
        keys: Keyring,
        checkpoints: CheckpointFile,
        *,
        clock: Clock = system_clock,
    ) -> None:
        self._database = database
        self._checkpoints = checkpoints
        self._clock = clock
        self.keys = keys
        self.log = AuditLog(database)

    def trail(self, *, sanitise: Sanitise = without_secrets) -> AuditTrail:
        """Open what records operations; close it before the database."""
        return AuditTrail(
            self._database, self.keys, self._checkpoints, sanitise=sanitise, clock=self._clock
        )

    def verify(
        self, *, public_keys: Sequence[Path] = (), checkpoints: Sequence[Path] = ()
    ) -> Verdict:
        """Compare the log with everything that was signed, the home's checkpoint file too.

        Args:
            public_keys: files of the keys whose signatures count; without one, those that the home
                trusts.
            checkpoints: further files of checkpoints.

        Raises:
            NotFound: there is no such file.
            InvalidInput: a file holds no public key.
            Unavailable: the database or a file can't be read.
        """
        trusted = frozenset(chain.from_iterable(map(read_key_file, public_keys)))
        files = [CheckpointFile(path) for path in checkpoints]
        if self._checkpoints.path.exists():
            files.append(self._checkpoints)
        return verify(self._database, trusted or self.keys.trusted(), files=files)

    def adopt(self) -> Verdict:
        """Trust the keys that signed a log that was restored, if the log is in order by them.

        It is for the moment of the restoration alone, where a person vouches for the backup.
        """
        signers: set[str] = set()
        with self._database.read() as connection:
            for table in (audit_head, audit_checkpoints):
                query = select(table.c.public_key).distinct()
                signers.update(connection.execute(query).scalars())
        found = verify(self._database, self.keys.trusted() | signers)
        if found.problem is None:
            self.keys.trust(signers)
        return found

    def export(self, path: Path, query: AuditQuery, kind: str | None = None) -> int:
        """Write entries into a new file that its owner alone may read; answer how many.

        Raises:
            InvalidInput: the format is unknown.
            Conflict: the file exists.
            Unavailable: it can't be written, or the database did not answer.
        """
        wanted = kind or path.suffix.removeprefix(".") or "jsonl"
        written = 0
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                for line in self.lines(query, wanted):
                    file.write(line)
                    written += 1
        except FileExistsError as error:
            raise Conflict(f"{path} exists: an export never overwrites, name another") from error
        except OSError as error:
            raise Unavailable(f"{path} can't be written: {error.strerror or error}") from error
        return written - (wanted == "csv")  # its header is no entry

    def lines(self, query: AuditQuery, kind: str) -> Iterable[str]:
        """Write entries as lines of JSON (`jsonl`) or as a table (`csv`), the oldest first.

        Raises:
            InvalidInput: the format is unknown.
        """
        if kind not in FORMATS:
            raise InvalidInput(f"{kind[:80]!r} is no format of exports: {', '.join(FORMATS)}")
        return (csv_lines if kind == "csv" else json_lines)(self.log.read(query))


def open_audit(
    settings: Settings, database: Database, home: Path, *, clock: Clock = system_clock
) -> Audit:
    """Find a home's audit log by its settings; nothing is read or made yet."""
    key = settings.audit_key.get_secret_value() if settings.audit_key else None
    checkpoints = CheckpointFile(settings.audit_checkpoints or home / FILE_NAME)
    return Audit(database, Keyring(home, key), checkpoints, clock=clock)


def read_key_file(path: Path) -> frozenset[str]:
    """Read public keys from a file, as hexadecimal digits.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it holds no public key.
    """
    try:
        return read_public_keys(path.read_text(encoding="ascii", errors="replace"), str(path))
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {path}") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror or error}") from error


def verdict_in_words(found: Verdict) -> str:
    """Say what a verification found, in one line."""
    vouched = f"signatures vouch for all up to entry {found.vouched:,}"
    if found.vouched == 0:
        vouched = "no signature vouches for any"
    if found.problem is None:
        if not found.entries:
            return "the audit log is empty"
        return f"{found.entries:,} entries, all as they were written; {vouched}"
    bad = found.problem
    return f"entry {bad.first_bad:,} is bad ({bad.reason}): {bad.detail}; {vouched}"
