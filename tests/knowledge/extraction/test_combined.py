from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.extraction.combined import CombinedExtractor, united
from knowledge.extraction.model import Claim, Excerpt, Extract, Mention, NameKind, Role


@dataclass(frozen=True, slots=True)
class Fixed:
    """Reads the same in every passage."""

    name: str
    extract_: Extract

    def extract(self, excerpts: Sequence[Excerpt]) -> list[Extract]:
        return [self.extract_] * len(excerpts)


def test_a_mention_of_both_is_one_and_nothing_is_doubled() -> None:
    rules = Mention("Cork", NameKind.NAME, Role.TITLE, count=3, sentences=0b011, start=4)
    model = Mention("Cork", NameKind.PLACE, Role.TEXT, count=2, sentences=0b110, start=2)
    assert united(Extract([rules]), Extract([model])).mentions == [
        Mention("Cork", NameKind.PLACE, Role.TITLE, count=3, sentences=0b111, start=2)
    ]


@pytest.mark.parametrize(
    ("rules", "model", "kept"),
    [
        (NameKind.NAME, NameKind.PERSON, NameKind.PERSON),
        (NameKind.TERM, NameKind.PRODUCT, NameKind.PRODUCT),
        (NameKind.VERSION, NameKind.QUANTITY, NameKind.VERSION),
        (NameKind.ACRONYM, NameKind.ORGANISATION, NameKind.ACRONYM),
    ],
)
def test_the_model_tells_more_than_letters_do(
    rules: NameKind, model: NameKind, kept: NameKind
) -> None:
    both = united(
        Extract([Mention("X", rules, Role.TEXT)]), Extract([Mention("X", model, Role.TEXT)])
    )
    assert both.mentions[0].kind == kept


def test_a_name_of_the_title_alone_gets_its_place_in_the_text() -> None:
    title = Mention("Cork", NameKind.NAME, Role.TITLE)
    text = Mention("Cork", NameKind.PLACE, Role.TEXT, sentences=1, start=0)
    (both,) = united(Extract([title]), Extract([text])).mentions
    assert (both.role, both.start) == (Role.TITLE, 0)


def test_equal_claims_are_one_and_that_of_the_rules() -> None:
    rules = Claim("A", "part of", "B", start=5, end=9, confidence=0.9)
    model = Claim("A", "part of", "B", start=1, end=20, confidence=0.7, origin="model")
    other = Claim("A", "part of", value="B", origin="model")
    assert united(Extract((), [rules]), Extract((), [model, other])).claims == [rules, other]


def test_an_empty_extract_of_the_model_leaves_what_the_rules_found() -> None:
    rules = Extract([Mention("A", NameKind.NAME, Role.TEXT)], [Claim("A", "is a", value="b")])
    assert united(rules, Extract()) == rules


def test_both_are_named_and_asked_in_order() -> None:
    one = Fixed("rules-1", Extract([Mention("A", "name", Role.TEXT)]))
    other = Fixed("model-2", Extract([Mention("B", "name", Role.TEXT)]))
    combined = CombinedExtractor(one, other)
    assert combined.name == "rules-1+model-2"
    found = combined.extract([Excerpt("", (), "A B"), Excerpt("", (), "B A")])
    assert [[each.surface for each in extract.mentions] for extract in found] == [["A", "B"]] * 2
    assert combined.extract([]) == []


def extracts() -> st.SearchStrategy[Extract]:
    surface = st.sampled_from("ABC")
    mention = st.builds(
        Mention,
        surface=surface,
        kind=st.sampled_from(NameKind),
        role=st.sampled_from(Role),
        count=st.integers(1, 5),
        sentences=st.integers(0, 7),
        start=st.integers(-1, 50),
    )
    claim = st.builds(Claim, subject=surface, predicate=st.sampled_from(["p", "q"]), object=surface)
    return st.builds(
        Extract,
        st.lists(mention, unique_by=lambda each: each.surface),
        st.lists(claim, unique_by=lambda each: (each.subject, each.predicate, each.object)),
    )


@given(extracts(), extracts())
def test_uniting_is_idempotent_and_loses_nothing(rules: Extract, model: Extract) -> None:
    both = united(rules, model)
    assert united(both, model) == both
    surfaces = [mention.surface for mention in both.mentions]
    assert len(surfaces) == len(set(surfaces))
    assert set(surfaces) == {each.surface for each in (*rules.mentions, *model.mentions)}
    assert len(both.claims) == len({(c.subject, c.predicate, c.object) for c in both.claims})
