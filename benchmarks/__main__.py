"""Run every benchmark in turn: `make bench`."""

from __future__ import annotations

import subprocess
import sys

NAMES = (
    "startup",
    "redaction",
    "embedder",
    "ingest",
    "minhash",
    "near_duplicates",
    "vectors",
    "memory",
    "extraction",
    "classification",
    "graph",
    "graph_scale",
    "cache",
    "audit",
    "http",
    "enhancement",
    "queries",
    "answers",
    "security",
    "behaviour",
    "tasks",
    "bus",
)


def main() -> int:
    """Run them one after another, each in its own process; answer how many failed."""
    failed = 0
    for name in NAMES:
        print(f"\n== benchmarks.{name}", flush=True)
        failed += (
            subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
            != 0
        )
    return failed


if __name__ == "__main__":
    sys.exit(main())
