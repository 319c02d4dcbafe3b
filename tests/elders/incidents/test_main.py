"""The sage as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from elders.incidents.__main__ import main
from elders.incidents.monitoring import BLIND
from elders.incidents.ring import Ring
from elders.store import open_store
from tests.elders.incidents.conftest import Served


def test_an_address_that_is_none_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--url", "ftp://x", "--folder", str(tmp_path)]) == 1
    assert "http://127.0.0.1:8000" in capsys.readouterr().err


def test_it_measures_with_a_key_from_a_file_until_it_is_told_to_end(
    tmp_path: Path, platform: Served
) -> None:
    command = [
        sys.executable, "-m", "elders.incidents", "--url", platform.url,
        "--folder", str(tmp_path), "--interval-seconds", "0.05", "--dry-run",
    ]  # fmt: skip
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "elders_incident_key").write_text(f"{platform.key}\n")
    environment = {**os.environ, "ELDERS_SECRETS_DIR": str(secrets)}
    with subprocess.Popen(command, env=environment) as process:
        while process.poll() is None and not (tmp_path / "guild.db").exists():
            time.sleep(0.02)
        store = open_store(tmp_path)
        ring = Ring(store)
        while process.poll() is None and not ring.count():
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert [each.values[BLIND] for each in ring.read(limit=1)] == [0.0]
        store.close()
