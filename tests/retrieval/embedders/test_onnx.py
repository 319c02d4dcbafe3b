from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from retrieval.embedders.bundle import Bundle
from retrieval.embedders.onnx import OnnxEmbedder, plan_batches
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from tests.retrieval.embedders.contract import TEXTS, EmbedderContract, assert_same

_EMBED = """
import sys
from pathlib import Path
from retrieval.embedders.model import EmbedderOptions
from retrieval.embedders.registry import open_embedder
embedder = open_embedder("minilm", EmbedderOptions(models_dir=Path(sys.argv[1])))
assert "onnxruntime" not in sys.modules
embedder.embed_documents(["one", "two"])
embedder.embed_query("three")
embedder.close()
print(sorted({"torch", "transformers", "sentence_transformers", "onnx"} & set(sys.modules)))
"""


@pytest.fixture(scope="module", params=["full precision", "eight bits", "one thread"])
def embedder(request: pytest.FixtureRequest, fp32: Bundle, int8: Bundle) -> OnnxEmbedder:
    return {
        "full precision": lambda: OnnxEmbedder(fp32),
        "eight bits": lambda: OnnxEmbedder(int8, threads=3),
        "one thread": lambda: OnnxEmbedder(fp32, threads=1),
    }[request.param]()


class TestOnnxEmbedder(EmbedderContract):
    pass


@pytest.fixture(scope="module")
def torch_model(packaged_model: Path) -> Iterator[SentenceTransformersEmbedder]:
    embedder = SentenceTransformersEmbedder(str(packaged_model))
    yield embedder
    embedder.close()


def test_its_vectors_are_those_of_torch(
    minilm: OnnxEmbedder, torch_model: SentenceTransformersEmbedder
) -> None:
    texts = [*TEXTS, "", "猫" * 700, "a-b_c " * 900, "W" * 20_000, "\ud800 lone", "naïve café ﬁ"]
    assert_same(minilm.embed_documents(texts), torch_model.embed_documents(texts))


def test_eight_bits_stay_near_but_have_another_name(fp32: Bundle, int8: Bundle) -> None:
    assert int8.name != fp32.name
    full, small = OnnxEmbedder(fp32), OnnxEmbedder(int8)
    cosines = (full.embed_documents(TEXTS) * small.embed_documents(TEXTS)).sum(axis=1)
    full.close()
    small.close()
    assert 0.96 < cosines.min() < 0.9999


def test_serving_never_imports_torch(models_dir: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", _EMBED, str(models_dir)], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_without_a_gpu_the_cpu_serves_and_says_so(fp32: Bundle, minilm: OnnxEmbedder) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    with structlog.testing.capture_logs() as logs:
        embedder = OnnxEmbedder(fp32, gpu=True)
    assert [log["event"] for log in logs] == ["embedder.cuda_missing"]
    assert_same(embedder.embed_query("rain"), minilm.embed_query("rain"))
    embedder.close()


@given(st.lists(st.integers(0, 256), max_size=60), st.sampled_from([1, 128, 512]))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = plan_batches(lengths, budget)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[i] for i in batch)
        assert len(batch) == 1 or len(batch) * longest <= budget


@given(st.lists(st.integers(1, 256), min_size=1, max_size=60))
def test_batches_go_from_long_texts_to_short_ones(lengths: list[int]) -> None:
    flat = [lengths[i] for batch in plan_batches(lengths, 512) for i in batch]
    assert flat == sorted(lengths, reverse=True)


def test_what_it_computes_does_not_depend_on_its_company(minilm: OnnxEmbedder) -> None:
    crowd = [f"{'word ' * number}end" for number in range(60)]
    together = minilm.embed_documents(crowd)
    assert_same(np.stack([minilm.embed_query(text) for text in crowd]), together)
