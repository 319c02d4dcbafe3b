"""Record without end, and say aloud what was acknowledged: the process that gets killed."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from foundation.clock import system_clock
from foundation.database.engine import open_database
from foundation.ids import new_id
from foundation.security.audit import AuditTrail
from foundation.security.audit_checkpoints import CheckpointFile
from foundation.security.audit_entry import Entry
from foundation.security.audit_keys import Keyring
from tests.support.postgres import SMALL_POOL

THREADS = 4


def main(home: Path, url: str) -> None:
    """Record from several threads; a line on standard output is a promise."""
    database = open_database(url or None, home=home, pool=SMALL_POOL)
    checkpoints = CheckpointFile(home / "audit.checkpoints")
    trail = AuditTrail(database, Keyring(home), checkpoints)
    saying = threading.Lock()

    def record(number: int) -> None:
        while True:
            trail.record(Entry(id=new_id(), at=system_clock(), operation=f"filler {number}"))
            promise = Entry(id=new_id(), at=system_clock(), operation=f"critical {number}")
            trail.record(promise, critical=True)
            with saying:
                sys.stdout.write(f"{promise.id}\n")
                sys.stdout.flush()

    threads = [threading.Thread(target=record, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
