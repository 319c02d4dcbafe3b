"""Several processes count together; what is so now is told of those that live."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os, sys
from contextlib import suppress
from api.workers.metrics import counted_together, served

with counted_together():
    from prometheus_client import CollectorRegistry, generate_latest
    from api.breaking import BreakerCounts
    from foundation.breaker import Breakers, Limits
    from foundation.errors import Unavailable

    own, breakers = CollectorRegistry(), Breakers(limits=Limits(failures=1))
    counts = BreakerCounts(own, breakers)
    model, together = breakers.of("model"), served(own)
    with model.guarding():
        pass
    said, may_end = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        with suppress(Unavailable), model.guarding():
            raise Unavailable("away")
        counts.update()
        os.write(said[1], b"!")
        os.read(may_end[0], 1)
        os._exit(0)
    os.read(said[0], 1)
    print(generate_latest(together).decode(), "=====", sep="")
    os.write(may_end[1], b"!")
    os.waitpid(child, 0)
    print(generate_latest(together).decode())
"""


def test_calls_are_added_up_and_phases_are_of_the_living() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )
    living, _, ended = done.stdout.partition("=====")
    for told in (living, ended):
        assert 'elders_breaker_calls_total{dependency="model",outcome="failed"} 1.0' in told
        assert 'elders_breaker_opened_total{dependency="model"} 1.0' in told
        assert told.count("# TYPE elders_breaker_calls_total") == 1
    assert 'elders_breaker_phase{dependency="model"} 2.0' in living
    assert 'elders_breaker_phase{dependency="model"} 0.0' in ended
