from __future__ import annotations

import threading

import structlog

from api.openai.worker import Worker
from foundation.errors import Unavailable


class Steps:
    """So many steps of work; each waits for the gate."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.failures = 0
        self.gate = threading.Event()
        self.idle = threading.Semaphore(0)

    def __call__(self) -> bool:
        self.gate.wait(10)
        if self.failures:
            self.failures -= 1
            self.idle.release()
            raise Unavailable("no database")
        if self.left == 0:
            self.idle.release()
            return False
        self.left -= 1
        return True


def test_work_is_done_to_its_end_and_again_when_there_is_more() -> None:
    steps = Steps(3)
    steps.gate.set()
    worker = Worker(steps)
    for more in (3, 2):
        steps.left = more
        worker.notify()
        assert steps.idle.acquire(timeout=10)
        assert steps.left == 0
    worker.stop()


def test_what_comes_while_the_last_step_ends_is_not_missed() -> None:
    steps = Steps(0)
    worker = Worker(steps)
    worker.notify()
    steps.left = 1
    worker.notify()
    steps.gate.set()
    assert steps.idle.acquire(timeout=10)
    worker.stop()
    assert steps.left == 0


def test_a_failure_ends_the_round_and_the_next_notice_tries_again() -> None:
    steps = Steps(2)
    steps.failures = 1
    steps.gate.set()
    worker = Worker(steps)
    worker.notify()
    assert steps.idle.acquire(timeout=10)
    assert steps.left == 2
    worker.notify()
    assert steps.idle.acquire(timeout=10)
    assert steps.left == 0
    worker.stop()


def test_a_fault_is_logged_and_does_not_end_the_work_for_good() -> None:
    told: list[str] = []

    def step() -> bool:
        told.append("step")
        if len(told) == 1:
            raise ZeroDivisionError
        done.release()
        return False

    done = threading.Semaphore(0)
    worker = Worker(step)
    with structlog.testing.capture_logs() as logged:
        worker.notify()
        while worker._thread is not None:
            worker._thread.join(10)
        worker.notify()
        assert done.acquire(timeout=10)
    worker.stop()
    assert [each["event"] for each in logged] == ["attach.fault"]


def test_one_that_was_stopped_ends_after_the_step_under_way_and_begins_no_more() -> None:
    steps = Steps(1_000_000)
    worker = Worker(steps)
    worker.notify()
    ending = threading.Thread(target=worker.stop)
    ending.start()
    steps.gate.set()
    ending.join(10)
    assert not ending.is_alive()
    left = steps.left
    worker.notify()
    worker.stop()
    assert steps.left == left > 0
