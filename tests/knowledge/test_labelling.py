from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from foundation.database.engine import Database
from foundation.ids import DocumentId
from knowledge.classification.model import DocumentKind, Facet, Origin
from knowledge.curation import LABELLED, Curation
from knowledge.labelling import Labelling, Meaning, document_key, document_kinds
from knowledge.library import Library
from knowledge.model import Removal
from knowledge.sage import KnowledgeSage
from tests.knowledge.drafts import Ticking, draft, make_sage

STEPS = (
    "# How to install it\n\n1. Download the archive.\n2. Unpack it.\n3. Run `make install`.\n"
    "4. Open the page and check that it works."
)


def no_vectors(hashes: Sequence[str]) -> Mapping[str, bytes]:
    return {}


def hashed(texts: Sequence[str]) -> np.ndarray:
    rng = [np.random.default_rng(abs(hash(text)) % 2**32).normal(size=8) for text in texts]
    return np.array([row / np.linalg.norm(row) for row in rng], np.float32)


@pytest.fixture
def sage(database: Database) -> KnowledgeSage:
    return make_sage(database)


@pytest.fixture
def labelling(database: Database) -> Labelling:
    return Labelling(database, lambda: Meaning(no_vectors, hashed, None))


def only(database: Database) -> DocumentId:
    (document,) = Library(database).list()
    return document.id


def test_a_document_has_its_kind_its_language_and_confidences(
    database: Database, sage: KnowledgeSage, labelling: Labelling
) -> None:
    sage.add("default", [draft("install.md", STEPS, title="How to install it")])
    found = labelling.labels(only(database))
    assert found[0].facet == Facet.KIND
    assert found[0].value == DocumentKind.HOW_TO
    assert all(0 < label.confidence <= 1 for label in found)
    assert ("language", "en") in {(label.facet, label.value) for label in found}


def test_a_persons_label_goes_first_and_outlives_re_ingestion(
    database: Database, sage: KnowledgeSage, labelling: Labelling
) -> None:
    sage.add("default", [draft("install.md", STEPS)])
    key = document_key("default", "install.md")
    Curation(database, Ticking()).decide(LABELLED, key, "kind", {"value": "reference"})
    sage.add("default", [Removal("install.md")])
    sage.add("default", [draft("install.md", STEPS + " Done.")])
    kinds = [label for label in labelling.labels(only(database)) if label.facet == Facet.KIND]
    assert [(k.value, k.confidence, k.origin) for k in kinds] == [("reference", 1.0, Origin.USER)]
    with database.read() as connection:
        assert document_kinds(connection) == {only(database): "reference"}


def test_labels_are_those_of_the_current_version(
    database: Database, sage: KnowledgeSage, labelling: Labelling
) -> None:
    sage.add("default", [draft("a", STEPS)])
    sage.add("default", [draft("a", "")])
    flaws = [each.label.value for each in labelling.having(Facet.QUALITY)]
    assert flaws == ["empty"]
    assert labelling.having(Facet.QUALITY, "unreadable") == []


def test_vectors_are_left_out_where_the_model_does_not_know_the_language(
    database: Database, sage: KnowledgeSage
) -> None:
    def loud(hashes: Sequence[str]) -> Mapping[str, bytes]:
        raise AssertionError("asked")

    sage.add("default", [draft("a", "東京は日本の首都です。人口は多いです。")])
    labelling = Labelling(database, lambda: Meaning(loud, hashed, frozenset({"en"})))
    assert labelling.labels(only(database))


def test_vectors_change_the_confidence_of_kinds(
    database: Database, sage: KnowledgeSage, labelling: Labelling
) -> None:
    sage.add("default", [draft("a", STEPS)])

    def vectors(hashes: Sequence[str]) -> Mapping[str, bytes]:
        return {each: hashed([each])[0].astype("<f4").tobytes() for each in hashes}

    without = labelling.labels(only(database))[0]
    known = Labelling(database, lambda: Meaning(vectors, hashed, None)).labels(only(database))[0]
    assert known.origin == Origin.COMBINED
    assert without.origin == Origin.FEATURES
