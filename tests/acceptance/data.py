"""Real data sets: where they are, and a skip that says so where they are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("ELDERS_DATA", Path(__file__).parents[3] / "shared" / "data"))


def data_set(name: str) -> Path:
    """Answer a data set's folder, or skip the test."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"no data set {name} in {DATA}: set ELDERS_DATA to the folder that holds it")
    return folder
