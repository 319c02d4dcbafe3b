from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.extraction.claims import find_claims
from knowledge.extraction.model import LONGEST_NAME, Excerpt, Mention, Role
from knowledge.sentences import split_sentences
from tests.knowledge.extraction.claiming import claims

PIECES = st.sampled_from(
    [
        *("Larkspur", "Orvik 2", "a small shell", "PEP 12", "白波酢", "調味料", "\n", "\n\n", " "),
        *(" is a ", ", also known as ", " such as ", " and other ", " was caused by ", " led to "),
        *("は", "の一種である", "に依存する", "の原因は", "（別名", "）", "。", ". ", ", ", "The "),
        *("Status: Final\n", "Replaces: 4, 7\n", "---\n", "| a | b |\n|---|---|\n", "**", "`", "|"),
        *("[x](y.md)", "[[Page]]", "http://[", "https://a.test/b", ":pep:`8`", "```\n", "(", "\0"),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))


@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=3), TEXTS)
def test_every_claim_of_any_text_is_well_formed(
    text: str, title: str, names: list[str], address: str
) -> None:
    excerpt = Excerpt(title, (), text, address=address)
    mentions = [Mention(name, "name", Role.TEXT) for name in names]
    found = find_claims(excerpt, mentions, split_sentences(text))
    for claim in found:
        assert 0 < len(claim.subject) <= LONGEST_NAME
        assert claim.predicate
        assert (claim.object is None) != (claim.value is None)
        assert claim.object or claim.value
        assert len(claim.object or "") <= LONGEST_NAME
        assert 0 <= claim.start <= claim.end <= len(text)
        assert 0 < claim.confidence <= 1
    assert found == find_claims(excerpt, list(reversed(mentions)), split_sentences(text))


def test_a_claim_that_is_made_twice_is_one() -> None:
    assert len(claims("Larkspur is a shell. Larkspur is a shell.")) == 1


def test_a_table_of_data_does_not_flood_the_graph() -> None:
    rows = "".join(f"| Node{n} | {n}.5 |\n" for n in range(1000))
    assert len(claims(f"| Node | Load |\n|---|---|\n{rows}")) == 200


@pytest.mark.parametrize(
    "unit",
    [
        *(" is a ", "X is a y ", "x was caused by y ", "x led to y ", "(also known as ", "[", "`"),
        *("|", "a|b\n-|-\n", " ", "アのイは", "アによりイ", "k: v\n", "[[x", "<a", "PEP 1, ", "- "),
    ],
)
def test_long_texts_take_little_time(unit: str) -> None:
    text = unit * (20_000 // len(unit))
    started = time.process_time()
    find_claims(Excerpt("A", (), text), (), [(0, len(text))])
    assert time.process_time() - started < 2
