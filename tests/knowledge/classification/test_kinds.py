from __future__ import annotations

import pytest

from knowledge.classification.classifier import Classifier
from knowledge.classification.features import read_features
from knowledge.classification.files import file_feature
from knowledge.classification.kinds import WEIGHTS, evidence, kind_labels, scores
from knowledge.classification.model import DocumentKind as Kind
from knowledge.classification.model import Facet
from knowledge.classification.reading import Reading
from tests.knowledge.classification.texts import TEXTS


@pytest.mark.parametrize("name", TEXTS)
def test_each_kind_is_told_in_both_languages(name: str) -> None:
    kind, title, text = TEXTS[name]
    first = Classifier().classify(title, text)[0]
    why = [
        f"{each.points:+.1f} {each.kind} {each.feature}"
        for each in evidence(read_features(Reading.of(title, text)))[:8]
    ]
    assert (first.facet, first.value) == (Facet.KIND, kind), why


def test_confidences_of_all_kinds_add_up_to_nearly_one() -> None:
    for _, title, text in TEXTS.values():
        labels = kind_labels(read_features(Reading.of(title, text)))
        assert 0.8 < sum(label.confidence for label in labels) <= 1 + 1e-9
        assert labels == sorted(labels, key=lambda label: -label.confidence)


def test_a_label_can_say_why() -> None:
    _, title, text = TEXTS["incident"]
    reasons = Classifier().explain(title, text)
    strongest = next(each for each in reasons if each.points > 0)
    assert (strongest.kind, strongest.feature) == (Kind.INCIDENT, "incident words")
    assert [abs(each.points) for each in reasons] == sorted(
        (abs(each.points) for each in reasons), reverse=True
    )


def test_the_reasons_add_up_to_the_score() -> None:
    features = read_features(Reading.of(*TEXTS["task, Japanese"][1:]))
    nothing, found = scores({}), scores(features)
    for kind in Kind:
        reasons = [each.points for each in evidence(features) if each.kind is kind]
        assert found[kind] == pytest.approx(nothing[kind] + sum(reasons))


def test_a_file_name_and_a_media_type_count() -> None:
    def first(name: str = "", media_type: str = "") -> str:
        labels = Classifier().classify("", "alpha beta\ngamma delta", media_type, name=name)
        return labels[0].value

    assert first() == Kind.OTHER
    assert first(name="src/valve.PY") == Kind.CODE
    assert first(media_type="text/x-rust") == Kind.CODE
    assert first(media_type="text/csv; charset=utf-8") == Kind.TABLE
    assert first(media_type="message/rfc822") == Kind.CONVERSATION
    assert first(name="/var/log/pump.log") == Kind.LOG
    assert first(media_type="text/x-rst") == Kind.OTHER


def test_fields_of_a_task_count_in_the_metadata_too() -> None:
    text = "New pumps for the north."
    assert Classifier().classify("", text)[0].value == Kind.OTHER
    for fields in ({"Assignee": "Mia", "due": "2026-04-01"}, {"担当者": "美亜", "期限": "四月"}):
        assert Classifier().classify("", text, metadata=fields)[0].value == Kind.TASK


def test_headings_that_were_found_before_count() -> None:
    text = "The light went out at nine. It came back at eleven."
    headings = ["Impact", "Timeline", "Root cause"]
    assert Classifier().classify("", text, headings=headings)[0].value == Kind.INCIDENT


def test_every_feature_that_weighs_something_can_be_found() -> None:
    weighed = {name for weights in WEIGHTS.values() for name in weights}
    found = {
        name
        for _, title, text in TEXTS.values()
        for name in read_features(Reading.of(title, text), metadata={"due": 1})
    }
    rest = Reading.of(
        "Glossary of our news",
        "From: Mia\n# Tasks\n# Logs\n--verbose\n--quiet\nA valve MUST close.\n"
        "```\nturn(valve)\n```\nThe study had two cohorts.",
    )
    files = {file_feature(f"x.{end}", "") for end in ("py", "json", "csv", "eml", "log")}
    assert weighed <= found | set(read_features(rest)) | files
