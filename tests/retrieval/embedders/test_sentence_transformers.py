from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from foundation.errors import InvalidInput
from retrieval.embedders.model import EmbedderOptions
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from tests.retrieval.embedders.contract import EmbedderContract, assert_same


@pytest.fixture(scope="module")
def embedder(packaged_model: Path) -> SentenceTransformersEmbedder:
    return SentenceTransformersEmbedder(str(packaged_model))


class TestSentenceTransformersEmbedder(EmbedderContract):
    many = 24


@pytest.fixture(scope="module")
def plain(packaged_model: Path) -> Iterator[SentenceTransformersEmbedder]:
    embedder = SentenceTransformersEmbedder(str(packaged_model))
    yield embedder
    embedder.close()


def test_the_place_of_a_model_does_not_change_its_name(
    packaged_model: Path, plain: SentenceTransformersEmbedder, tmp_path: Path
) -> None:
    copy = tmp_path / packaged_model.name
    shutil.copytree(packaged_model, copy)
    moved = SentenceTransformersEmbedder(f"{copy}/")
    assert moved.name == plain.name
    moved.close()


def test_other_prompts_are_used_and_give_another_name(
    packaged_model: Path, plain: SentenceTransformersEmbedder, tmp_path: Path
) -> None:
    options = EmbedderOptions(models_dir=tmp_path, query_prefix="query: ")
    prompted = SentenceTransformersEmbedder.from_options(str(packaged_model), options)
    assert prompted.name != plain.name
    assert_same(prompted.embed_query("rain"), plain.embed_query("query: rain"))
    assert_same(prompted.embed_documents(["rain"]), plain.embed_documents(["rain"]))
    prompted.close()


def test_other_weights_give_another_name(
    packaged_model: Path, plain: SentenceTransformersEmbedder, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file, save_file

    copy = tmp_path / packaged_model.name
    shutil.copytree(packaged_model, copy)
    weights = load_file(copy / "model.safetensors")
    weights["embeddings.LayerNorm.bias"] = weights["embeddings.LayerNorm.bias"] + np.float32(0.01)
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    changed = SentenceTransformersEmbedder(str(copy))
    assert changed.name != plain.name
    changed.close()


def test_languages_are_those_that_were_given(packaged_model: Path, tmp_path: Path) -> None:
    options = EmbedderOptions(models_dir=tmp_path, languages=frozenset({"en"}))
    embedder = SentenceTransformersEmbedder.from_options(str(packaged_model), options)
    assert embedder.languages == frozenset({"en"})
    embedder.close()


@pytest.mark.parametrize("model", ["no-such/model", "/no/such/folder", "."])
def test_a_model_that_is_not_there_is_told(model: str) -> None:
    with pytest.raises(InvalidInput, match="cannot load"):
        SentenceTransformersEmbedder(model)


def test_a_spec_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="name the model"):
        SentenceTransformersEmbedder.from_options("", EmbedderOptions(models_dir=tmp_path))
