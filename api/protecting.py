"""What is done with sensitive values and hidden instructions, from the settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from foundation.clock import Clock
from foundation.database.engine import Database
from foundation.ids import new_id
from foundation.security.protection import parse_policies
from foundation.security.redaction.redacting import redact_data
from foundation.settings import Settings
from ingest.protection import Protection
from ingest.quarantine import FolderQuarantine

QUARANTINE: Final = "quarantine"
PROTECTED: Final = "documents.protect"
TOLD: Final = 40
"""Findings in one entry of the audit log at the most."""

_MOST_BYTES: Final = 7_000
"""Of them as JSON: an entry's metadata may have 8,192 in all."""


def quarantine_of(home: Path) -> FolderQuarantine:
    """Answer where documents wait that a policy holds."""
    return FolderQuarantine(home / QUARANTINE)


def protection_of(
    settings: Settings, home: Path, database: Database, clock: Clock
) -> tuple[Protection, Callable[[], None]]:
    """Make the protection of a home; without a setting values are kept and not looked for.

    Returns:
        It, and what ends its writing to the audit log, before the database is closed.

    Raises:
        InvalidInput: the setting is wrong, or needs a key that is not set.
    """
    if not (policies := parse_policies(settings.protection or "")):
        return Protection(policies), lambda: None
    keys = settings.protection_keys.get_secret_value() if settings.protection_keys else ""
    audit = _Auditing(settings, home, database, clock)
    protection = Protection(
        policies,
        keys=[key.strip() for key in keys.split(",") if key.strip()],
        quarantine=quarantine_of(home),
        audit=audit,
    )
    return protection, audit.close


class _Auditing:
    """Puts what was found in documents into the audit log, never a value."""

    def __init__(self, settings: Settings, home: Path, database: Database, clock: Clock) -> None:
        from api.auditing import open_audit

        audit = open_audit(settings, database, home, clock=clock)
        self._trail = audit.trail(sanitise=lambda told: redact_data(dict(told))[0])
        self._clock = clock
        self.close = self._trail.close

    def __call__(
        self,
        collection: str,
        source_id: str,
        told: Sequence[str],
        taken: bool,  # noqa: FBT001
    ) -> None:
        from foundation.security.audit_entry import Entry, Result

        source = hashlib.sha256(source_id.encode("utf-8", "replace")).hexdigest()
        for part in _parts(told):
            entry = Entry(
                id=new_id(),
                at=self._clock(),
                operation=PROTECTED,
                action="write",
                result=Result.OK if taken else Result.REFUSED,
                metadata={"collection": collection, "source": source, "findings": part},
            )
            self._trail.record(entry)


def _parts(told: Sequence[str]) -> Iterator[list[str]]:
    """Divide what is told into parts, each of which an entry's metadata holds whole."""
    part: list[str] = []
    size = 0
    for each in told:
        more = len(json.dumps(each, ensure_ascii=False).encode("utf-8", "replace")) + 1
        if part and (len(part) == TOLD or size + more > _MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(each)
        size += more
    if part:
        yield part
