from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.extraction.chat_schema import Answer
from knowledge.extraction.grounding import CONFIDENCE, Grounded, ground
from knowledge.extraction.model import Claim, Excerpt, Mention, NameKind, Role

TEXT = (
    "Orla Byrne founded the  Harbour\nCompany in 1987. It has its seat in Cork. "
    "Cork lies on the River Lee."
)
EXCERPT = Excerpt("The Kettle Works", ("History",), TEXT)
FOUNDED = {
    "subject": "Orla Byrne",
    "predicate": "Founded",
    "object": "Harbour Company",
    "evidence": "orla byrne founded the Harbour Company",
}


def grounded(excerpt: Excerpt = EXCERPT, **answer: Any) -> Grounded:
    return ground(Answer.model_validate(answer), excerpt)


def test_names_are_found_with_counts_sentences_and_offsets() -> None:
    found = grounded(
        entities=[
            {"name": "Cork", "type": "place"},
            {"name": "harbour company", "type": "Organisation"},
            {"name": "Kettle Works"},
        ]
    )
    assert list(found.extract.mentions) == [
        Mention("Harbour Company", "organisation", Role.TEXT, 1, 0b001, 24),
        Mention("Cork", "place", Role.TEXT, 2, 0b110, TEXT.index("Cork")),
        Mention("Kettle Works", "name", Role.TEXT, 1, 0, -1),
    ]
    assert found.dropped_names == 0


def test_a_claim_has_the_offsets_of_its_evidence() -> None:
    (claim,) = grounded(
        entities=[{"name": "Harbour Company", "type": "organisation"}], relations=[FOUNDED]
    ).extract.claims
    assert claim == Claim(
        subject="Orla Byrne",
        predicate="founded",
        object="Harbour Company",
        start=0,
        end=TEXT.index(" in 1987"),
        confidence=CONFIDENCE,
        origin="model",
    )


def test_predicates_are_short_and_plain() -> None:
    (claim,) = grounded(
        relations=[{**FOUNDED, "predicate": " “Set\0\n up" + " up" * 99}]
    ).extract.claims
    assert claim.predicate.startswith("set up up")
    assert len(claim.predicate) <= 80


def test_what_is_no_name_is_a_value() -> None:
    seat = {"subject": "Harbour Company", "predicate": "founded in", "evidence": "Company in 1987"}
    date = {"name": "1987", "type": "date"}
    for entities in ([], [date]):
        found = grounded(entities=entities, relations=[{**seat, "object": "1987"}])
        assert [(c.object, c.value) for c in found.extract.claims] == [(None, "1987")]


@pytest.mark.parametrize("name", ["Dublin", "Cor", "ork", "Byrne Orla", "…", "Harbour.Company"])
def test_a_name_that_the_passage_does_not_have_is_dropped(name: str) -> None:
    found = grounded(entities=[{"name": name, "type": "place"}])
    assert (list(found.extract.mentions), found.dropped_names) == ([], 1)


@pytest.mark.parametrize(
    "change",
    [
        {"evidence": "Orla Byrne sold the Harbour Company"},
        {"evidence": "…"},
        {"evidence": "in"},
        {"evidence": "Cork lies on the River Lee."},
        {"subject": "Finn Byrne"},
        {"object": "Harbour Trust"},
        {"object": "orla byrne"},
        {"predicate": "\0 …"},
    ],
)
def test_a_claim_without_evidence_is_dropped(change: dict[str, str]) -> None:
    found = grounded(relations=[{**FOUNDED, **change}])
    assert (list(found.extract.claims), found.dropped_claims) == ([], 1)
    assert list(found.extract.mentions) == []


def test_a_pronoun_may_stand_for_one_of_the_two_names() -> None:
    relation = {"subject": "Harbour Company", "predicate": "has its seat in", "object": "Cork"}
    found = grounded(
        entities=[{"name": "Cork", "type": "place"}],
        relations=[{**relation, "evidence": "It has its seat in Cork"}],
    )
    assert [claim.object for claim in found.extract.claims] == ["Cork"]


def test_equal_claims_are_one_and_are_not_counted_as_dropped() -> None:
    found = grounded(relations=[FOUNDED, FOUNDED])
    assert (len(found.extract.claims), found.dropped_claims) == (1, 0)


def test_japanese_is_found_without_spaces_and_in_any_width() -> None:
    text = "トヨタ自動車は愛知県に本社を置く。ＣＥＯは東京にいる。"
    found = grounded(
        Excerpt("", (), text),
        entities=[
            {"name": "トヨタ自動車", "type": "organisation"},
            {"name": "愛知県", "type": "place"},
            {"name": "CEO", "type": "term"},
        ],
        relations=[
            {
                "subject": "トヨタ自動車",
                "predicate": "本社所在地",
                "object": "愛知県",
                "evidence": "トヨタ自動車は愛知県に本社を置く",
            }
        ],
    )
    assert [(m.surface, m.sentences, m.start) for m in found.extract.mentions] == [
        ("トヨタ自動車", 0b01, 0),
        ("愛知県", 0b01, 7),
        ("CEO", 0b10, text.index("Ｃ")),
    ]
    (claim,) = found.extract.claims
    assert (claim.object, text[claim.start : claim.end]) == (
        "愛知県",
        "トヨタ自動車は愛知県に本社を置く",
    )


def test_curly_quotes_and_straight_ones_are_the_same() -> None:
    excerpt = Excerpt("", (), "The “Blue Kettle” is Orla’s.")
    relation = {"subject": "Blue Kettle", "predicate": "belongs to", "object": "Orla"}
    found = grounded(excerpt, relations=[{**relation, "evidence": '"Blue Kettle" is Orla\'s'}])
    assert [claim.start for claim in found.extract.claims] == [4]


def test_numbers_that_name_nothing_are_no_mentions() -> None:
    found = grounded(Excerpt("", (), "Two came."), entities=[{"name": "Two", "type": "cardinal"}])
    assert (list(found.extract.mentions), found.dropped_names) == ([], 0)


PHRASES = st.text(st.sampled_from("Ab é東Ａ.'’“\n"), min_size=1, max_size=12).filter(str.strip)


@given(st.text(st.sampled_from("Ab é東Ａ.'’“\n"), max_size=80), st.lists(PHRASES, max_size=4))
def test_all_that_is_kept_is_in_the_passage(text: str, phrases: list[str]) -> None:
    relations = [
        {"subject": a, "predicate": "p", "object": b, "evidence": a + b}
        for a in phrases
        for b in phrases
    ]
    found = grounded(
        Excerpt("", (), text), entities=[{"name": each} for each in phrases], relations=relations
    )
    surfaces = [mention.surface for mention in found.extract.mentions]
    assert len(surfaces) == len(set(surfaces))
    assert {m.kind for m in found.extract.mentions} <= {NameKind.NAME}
    for mention in found.extract.mentions:
        assert 0 <= mention.start < len(text)
    for claim in found.extract.claims:
        assert 0 <= claim.start < claim.end <= len(text)
        assert {claim.subject, claim.object or claim.value} <= set(surfaces)
