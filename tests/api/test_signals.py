"""A signal stops the command wherever Python is just then."""

from __future__ import annotations

import signal
import subprocess
import sys

PROGRAM = """
import os, signal, sys, time
from api import cli

signal.signal(signal.SIGTERM, cli._stop)
sys.unraisablehook = cli._stop_again

class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)

Dying()
time.sleep(20)
"""


def test_a_signal_within_a_destructor_is_not_lost() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=False, timeout=15)
    assert done.returncode == 128 + signal.SIGTERM
