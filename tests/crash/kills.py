"""Kill ingestion at random instants and look for losses after each restart.

    python -m tests.crash.kills --kills 50

Each round starts a process that ingests without end, kills it with SIGKILL, opens the home again
and asserts: every acknowledged document is there with its hash, the doctor finds nothing wrong
(no orphans, every follower equal to the truth). The home is kept from round to round.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from api import KnowledgeBase
from foundation.errors import NotFound
from foundation.ids import FOREVER


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rounds; answer the number of those in which something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--embedder", default="hashing")
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    acknowledged: dict[str, str] = {}
    bad = 0
    with tempfile.TemporaryDirectory(prefix="elders-crash-") as folder:
        home = Path(folder) / "home"
        for number in range(1, options.kills + 1):
            early = rng.random() < 0.2
            delay = rng.uniform(0.0, 3.0)
            promised = killed_run(home, number, options.embedder, delay, early=early)
            acknowledged |= promised
            problems, newer = examine(home, acknowledged, options.embedder)
            acknowledged |= newer  # committed, though nobody was told: from now on it must stay
            bad += bool(problems)
            told = "; ".join(problems) or "nothing lost, all followers clean"
            sys.stdout.write(f"kill {number}: {len(promised)} documents acknowledged, {told}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{options.kills - bad} passed, {bad} failed\n")
    return bad


def killed_run(
    home: Path, seed: int, embedder: str, delay: float, *, early: bool
) -> dict[str, str]:
    """Start ingestion, kill it, answer what it acknowledged.

    The kill falls `delay` seconds after the process is ready (`early`), or after its first batch.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.worker", str(home), str(seed), embedder],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    assert lines == ["ready\n"], f"the worker did not start: {lines!r}"
    while not early and not lines[-1].startswith("batch"):
        lines.append(process.stdout.readline())
        assert lines[-1], "the worker ended by itself"
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    output, _ = process.communicate()
    return promises([*lines, *output.splitlines(keepends=True)])


def promises(lines: Sequence[str]) -> dict[str, str]:
    """Read the lines that were written to their end: source id and hash, `-` for deleted."""
    found: dict[str, str] = {}
    for line in lines:
        match line.split():
            case [source, digest, _outcome] if line.endswith("\n"):
                found[source] = digest
    return found


def examine(
    home: Path, acknowledged: Mapping[str, str], embedder: str
) -> tuple[list[str], dict[str, str]]:
    """Open the home as a user would and compare it with what was promised.

    Returns:
        What is wrong, and what the documents hold that differ from the promise.
    """
    problems: list[str] = []
    with KnowledgeBase.open(home, embedder=embedder, lock_timeout_seconds=60) as base:
        later: dict[str, str] = {}
        for source, digest in acknowledged.items():
            try:
                newest = base.documents.history(source)[-1]
                held = newest.sha256 if newest.valid_to == FOREVER else "-"
            except NotFound:
                held = "-"
            if held != digest:
                later[source] = held
        # What was committed but not yet acknowledged may be newer than the promise: the last
        # batch may differ, in at most its own documents.
        problems += (
            [f"{len(later)} documents differ: {sorted(later)[:3]}"] if len(later) > 20 else []
        )
        problems += lost(base, acknowledged, later)
        problems += [
            f"{finding.subject} {finding.check}: {finding.problem}"
            for finding in base.doctor()
            if not finding.ok
        ]
    return problems, later


def lost(
    base: KnowledgeBase, acknowledged: Mapping[str, str], later: Mapping[str, str]
) -> list[str]:
    """Name documents whose promised version is not even in their history."""
    gone = []
    for source in sorted(later):
        try:
            history = base.documents.history(source)
        except NotFound:
            history = []
        digests = {version.sha256 for version in history}
        if acknowledged[source] != "-" and acknowledged[source] not in digests:
            gone.append(source)
    return [f"lost: {gone[:5]}"] if gone else []


if __name__ == "__main__":
    sys.exit(main())
