"""Acronyms and what they stand for."""

from __future__ import annotations

import pytest

from knowledge.extraction.model import Excerpt, Predicate, Role
from knowledge.extraction.rules import RuleExtractor
from knowledge.extraction.terms import find_expansions


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("We use Personalised PageRank (PPR) here.", "PPR", "Personalised PageRank"),
        ("by magnetic resonance imaging (MRI).", "MRI", "magnetic resonance imaging"),
        ("of hematopoietic stem cells (HSCs) and", "HSC", "hematopoietic stem cells"),
        ("the World Health Organization (WHO; Geneva)", "WHO", "World Health Organization"),
        ("over HTTP (Hypertext Transfer Protocol)", "HTTP", "Hypertext Transfer Protocol"),
        ("in mouse embryonic fibroblasts (MEFs)", "MEF", "mouse embryonic fibroblasts"),
        ("世界保健機関（WHO）は", "WHO", "世界保健機関"),
        ("世界保健機関（せかいほけんきかん、略称: WHO）は", "WHO", "世界保健機関"),
    ],
)
def test_acronyms_are_matched_with_what_they_stand_for(text: str, short: str, long: str) -> None:
    (found,) = find_expansions(text, 0, len(text))
    assert text[slice(*found.short)] == short
    assert text[slice(*found.long)] == long


@pytest.mark.parametrize(
    "text",
    [
        "It rained (see below) in May (NASA).",
        "The result (p = 0.01) was large (ANOVA).",
        "He met Bill (Ohio) and Jane (UK).",
        "大学（MIT）は",
        "(ABC)",
    ],
)
def test_other_brackets_are_left_alone(text: str) -> None:
    assert list(find_expansions(text, 0, len(text))) == []


def test_both_are_defined_and_one_stands_for_the_other() -> None:
    text = "We like Personalised PageRank (PPR). So PPR it is."
    (extract,) = RuleExtractor().extract([Excerpt("", (), text)])
    found = {mention.surface: mention for mention in extract.mentions}
    assert found["PPR"].role is found["Personalised PageRank"].role is Role.DEFINED
    assert (found["PPR"].count, found["PPR"].sentences) == (2, 0b11)
    (claim,) = [c for c in extract.claims if c.predicate == Predicate.STANDS_FOR]
    assert (claim.subject, claim.object) == ("PPR", "Personalised PageRank")
    assert text[claim.start : claim.end] == "Personalised PageRank (PPR"
