"""SIGKILL while a job runs: the next process goes on, and each document is counted once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api import KnowledgeBase
from api.jobs import FOLDER
from ingest.jobs.model import Job, JobState
from ingest.model import Record

ROOT = Path(__file__).parents[2]
DOCUMENTS = 1_500


def documents() -> list[Record]:
    """Make documents that are all new, but for one in ten that nobody can read."""
    rng = random.Random(3)
    words = [f"word{number}" for number in range(2_000)]
    return [
        Record(f"doc-{n}", data=b"%PDF-broken", name=f"{n}.pdf")
        if n % 10 == 9
        else Record(f"doc-{n}", text=" ".join(rng.choices(words, k=60)))
        for n in range(DOCUMENTS)
    ]


def killed_run(home: Path, job_id: str, *, rng: random.Random) -> bool:
    """Let a process work, kill it at a random instant; answer whether it ended by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.job_worker", str(home), job_id],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    assert lines == ["ready\n"], "the worker did not start"
    lines += [process.stdout.readline() for _ in range(rng.randrange(1, 3))]
    time.sleep(rng.uniform(0.0, 0.3))
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    return "ended" in rest or any("ended" in line for line in lines)


@pytest.mark.crash
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_job_goes_on_after_kills_and_counts_each_document_once(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ELDERS_DATABASE_URL", raising=False)
    if engine == "postgresql":
        monkeypatch.setenv("ELDERS_DATABASE_URL", request.getfixturevalue("postgres_url"))
        monkeypatch.setenv("ELDERS_DATABASE_POOL_MIN_CONNECTIONS", "1")
    home, rng = tmp_path / "home", random.Random(5)
    with KnowledgeBase.open(home, embedder="hashing") as base:
        job: Job = base.jobs.submit(documents())
    ended = [killed_run(home, job.id, rng=rng) for _ in range(3)]
    assert ended.count(False) >= 2
    with KnowledgeBase.open(home, embedder="hashing", lock_timeout_seconds=60) as base:
        job = base.jobs.wait(job.id)
        counts = {name: count for name, count in job.counts.items() if count}
        assert (job.state, job.done) == (JobState.DONE, DOCUMENTS)
        assert counts == {"added": DOCUMENTS * 9 // 10, "failed": DOCUMENTS // 10}
        added = [c for c in base.documents.log(limit=10_000) if c.kind == "document.added"]
        assert len(added) == DOCUMENTS * 9 // 10
        assert all(finding.ok for finding in base.doctor())
        assert [path.stem for path in (home / FOLDER).iterdir()] == [job.id]
