"""Rerankers are opened by name, and only then imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from foundation.errors import InvalidInput
from foundation.settings import load_settings
from retrieval.embedders.model import EmbedderOptions
from retrieval.rerankers.model import DEPTH
from retrieval.rerankers.registry import open_reranker


def test_names_open_what_they_name(tmp_path: Path, cross_encoder: str, packaged_model: str) -> None:
    options = EmbedderOptions(models_dir=tmp_path)
    assert open_reranker("none", options) is None
    for spec, name in [
        (f"cross-encoder:{cross_encoder}", "cross-encoder-tiny-ranker"),
        ("maxsim", "maxsim-minilm"),
        (f"maxsim:{packaged_model}", f"maxsim-{Path(packaged_model).name}"),
    ]:
        reranker = open_reranker(spec, options)
        assert reranker is not None
        assert reranker.name == name
        reranker.close()


@pytest.mark.parametrize(
    "spec", ["", "cross-encoder", "cross-encoder:", "maxsim:", "best", "none:x"]
)
def test_other_names_are_refused_with_those_there_are(spec: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="choose one of none, cross-encoder:NAME_OR_FOLDER"):
        open_reranker(spec, EmbedderOptions(models_dir=tmp_path))


def test_without_a_reranker_no_model_library_is_imported() -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from retrieval.embedders.model import EmbedderOptions\n"
        "from retrieval.rerankers.registry import open_reranker\n"
        "open_reranker('none', EmbedderOptions(models_dir=Path('.')))\n"
        "open_reranker('maxsim', EmbedderOptions(models_dir=Path('.')))\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_by_default_there_is_none() -> None:
    settings = load_settings()
    assert (settings.reranker, settings.rerank_depth) == ("none", DEPTH)
