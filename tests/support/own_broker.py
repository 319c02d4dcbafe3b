"""A RabbitMQ broker of a test's own, that may be killed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

import psutil
import pytest

_PLACES: Final = ("/usr/lib/rabbitmq/bin", "/usr/local/sbin", "/opt/rabbitmq/sbin")
_START_SECONDS: Final = 90


class OwnBroker:
    """One node with its own folder and ports; what it has confirmed is in that folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port, self._distribution = _free_port(), _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"amqp://guest:guest@127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Start it, and wait until it listens; without RabbitMQ on this machine skip the test."""
        server = shutil.which("rabbitmq-server", path=os.pathsep.join(_PLACES))
        if server is None:
            pytest.skip("there is no rabbitmq-server on this machine that may be killed")
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                [server], env={**os.environ, **self._settings()}, stdout=out, stderr=out
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._listens():
            assert self._process.poll() is None, f"the broker ended: look at {self._folder}/out"
            assert time.monotonic() < deadline, "the broker does not listen"
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill it with all its processes; nothing is tidied up."""
        if self._process is not None:
            found = psutil.Process(self._process.pid).children(recursive=True)
            for each in found:
                each.kill()
            self._process.kill()
            self._process.wait()
            psutil.wait_procs(found, timeout=10)
            self._process = None

    def _settings(self) -> dict[str, str]:
        return {
            "HOME": str(self._folder),  # where Erlang keeps its cookie
            "RABBITMQ_NODENAME": f"killed{self._port}@localhost",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "none"),
        }

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
