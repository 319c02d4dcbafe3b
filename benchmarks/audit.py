"""What recording an operation costs, beside bare INSERTs of the same row in the same run.

    python -m benchmarks.audit [--entries N] [--postgres URL]

The baseline writes the finished row by the driver alone: one transaction for each row, and one for
each 100, with the pragmas of the platform (every commit is on the disk). It has no chain, no
signature, no queue, and no indexes but those of the same table.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpora import machine
from foundation.clock import system_clock
from foundation.database.engine import Database, open_database
from foundation.database.schema import audit_entries
from foundation.ids import new_id
from foundation.security.audit import AuditTrail
from foundation.security.audit_checkpoints import CheckpointFile
from foundation.security.audit_entry import GENESIS, Caller, Entry, prepare
from foundation.security.audit_keys import Keyring
from foundation.security.audit_metadata import without_secrets
from foundation.security.audit_verifying import Verdict, verify

BATCH = 100
THREADS = 16
COLUMNS = [column.name for column in audit_entries.columns]
CALLER = Caller("ada", "sage", "192.0.2.7", "d1e5f00d")


def made(number: int) -> Entry:
    """Make an entry of ordinary size."""
    return Entry(
        id=new_id(),
        at=system_clock(),
        operation="documents.search",
        action="read",
        resource=f"collection-{number % 7}",
        caller=CALLER,
        duration_micros=12_345,
        metadata={"query": "how long are backups kept?", "hits": 10, "mode": "default"},
    )


def rows(count: int) -> list[tuple[Any, ...]]:
    """Prepare rows beforehand, so that the baseline does nothing but write."""
    found = []
    for number in range(count):
        row = {**prepare(made(number), without_secrets).row, "seq": number + 1}
        row |= {"previous": GENESIS, "hash": GENESIS}
        found.append(tuple(row[name] for name in COLUMNS))
    return found


def show(name: str, entries: int, seconds: float, took: Sequence[float] = ()) -> None:
    spread = ""
    if took:
        p50, p95 = np.percentile(np.array(took) * 1e6, [50, 95])
        spread = f"   a call: p50 {p50:9,.1f} µs, p95 {p95:9,.1f} µs"
    print(f"  {name:<44} {entries / seconds:10,.0f} entries/s{spread}")


def timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def bare(
    run: Callable[[Sequence[tuple[Any, ...]]], object], count: int, single: int, name: str
) -> None:
    """Insert by the driver alone; `run` is one transaction."""
    given = rows(count)
    took = [timed(lambda row=row: run([row])) for row in given[:single]]  # type: ignore[misc] # bound
    show(f"{name}, a transaction each", single, sum(took), took)
    parts = [given[start : start + BATCH] for start in range(single, count, BATCH)]
    took = [timed(lambda part=part: run(part)) for part in parts]  # type: ignore[misc] # bound
    show(f"{name}, {BATCH} in a transaction", count - single, sum(took))


def bare_sqlite(path: Path, count: int, single: int) -> None:
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    statement = f"INSERT INTO audit_entries ({names}) VALUES ({', '.join('?' * len(COLUMNS))})"
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for pragma in ("synchronous=FULL", "secure_delete=ON", "cache_size=-65536"):
            raw.execute(f"PRAGMA {pragma}")

        def run(part: Sequence[tuple[Any, ...]]) -> None:
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(statement, part)
            raw.execute("COMMIT")

        bare(run, count, single, "bare INSERT")


def bare_postgres(url: str, count: int, single: int) -> None:
    import psycopg

    names = ", ".join(f'"{name}"' for name in COLUMNS)
    statement = f"INSERT INTO audit_entries ({names}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"
    with psycopg.connect(url) as raw:

        def run(part: Sequence[tuple[Any, ...]]) -> None:
            with raw.cursor() as cursor:
                cursor.executemany(statement.encode(), part)
            raw.commit()

        bare(run, count, single, "bare INSERT")
        raw.execute("DELETE FROM audit_entries")


def recorded(database: Database, home: Path, count: int, single: int) -> None:
    """Record through the trail, then verify what was written."""
    keys = Keyring(home)
    trail = AuditTrail(database, keys, CheckpointFile(home / "audit.checkpoints"))
    trail.record(made(0), critical=True)  # the key is made and its library loaded
    entries = [made(number) for number in range(count)]
    took: list[float] = []

    def record(part: Sequence[Entry], *, critical: bool) -> None:
        for entry in part:
            started = time.perf_counter()
            trail.record(entry, critical=critical)
            took.append(time.perf_counter() - started)

    def record_in_threads(part: Sequence[Entry]) -> None:
        shares = [part[number::THREADS] for number in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as pool:
            for done in [pool.submit(record, share, critical=True) for share in shares]:
                done.result()

    def record_and_flush(part: Sequence[Entry]) -> None:
        record(part, critical=False)
        trail.flush()

    many, others = entries[single : single * 5], entries[single * 5 :]
    seconds = timed(lambda: record(entries[:single], critical=True))
    show("critical, one caller", single, seconds, took)
    took.clear()
    seconds = timed(lambda: record_in_threads(many))
    show(f"critical, {THREADS} callers", len(many), seconds, took)
    took.clear()
    seconds = timed(lambda: record_and_flush(others))
    show("others, until all are on the disk", len(others), seconds, took)
    trail.close()
    assert trail.state().lost == 0
    verdicts: list[Verdict] = []
    seconds = timed(lambda: verdicts.append(verify(database, keys.trusted())))
    show("verify", verdicts[0].entries, seconds)
    assert verdicts[0].problem is None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--single", type=int, default=500)
    parser.add_argument("--postgres", default="")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="elders-bench-") as folder:
        home = Path(folder)
        for name in ("bare", "trail"):
            (home / name).mkdir()
            open_database(None, home=home / name).close()
        print("SQLite")
        bare_sqlite(home / "bare" / "truth.db", options.entries, options.single)
        with closing(open_database(None, home=home / "trail")) as database:
            recorded(database, home, options.entries, options.single)
        if options.postgres:
            print("PostgreSQL (an empty database, which is filled)")
            with closing(open_database(options.postgres, home=home)) as database:
                bare_postgres(options.postgres, options.entries, options.single)
                recorded(database, home, options.entries, options.single)
    return 0


if __name__ == "__main__":
    sys.exit(main())
