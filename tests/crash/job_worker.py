"""Work through one job, saying what is accounted for: the process that gets killed."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from api import KnowledgeBase


def main(home: Path, job_id: str) -> None:
    """Tell of every change of the job's counts on standard output, then that it ended."""
    with KnowledgeBase.open(home, embedder="hashing", lock_timeout_seconds=60) as base:
        base.jobs.start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        told, pause = -1, threading.Event()
        while not (job := base.jobs.get(job_id)).ended:
            if job.done > told:
                told = job.done
                sys.stdout.write(f"{told}\n")
                sys.stdout.flush()
            pause.wait(0.001)
        sys.stdout.write(f"ended {time.monotonic()}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
