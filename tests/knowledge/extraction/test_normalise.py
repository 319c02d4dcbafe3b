"""How names are written, and which spellings are one name."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knowledge.extraction.model import LONGEST_NAME, NameKind
from knowledge.extraction.normalise import clean_surface, kind_of, skeleton
from tests.knowledge.extraction.texts import texts

WORDS = st.lists(st.text("abcdefgxyz", min_size=2, max_size=8), min_size=1, max_size=4)


@pytest.mark.parametrize(
    "spellings",
    [
        ("PageRank", "page rank", "Page-Rank", "pageranks", "PAGE RANK", "ＰａｇｅＲａｎｋ"),
        ("e-mail", "email", "E-Mail", "emails"),
        ("database", "Databases", "data-base", "data bases"),
        ("class", "classes"),
        ("library", "libraries"),
        ("cache", "caches"),
        ("virus", "viruses"),
        ("The Beatles", "Beatles", "the beatles"),
        ("McDonald's", "McDonald’s", "McDonalds"),
        ("Göttingen", "Gottingen", "GÖTTINGEN"),
        ("createApp()", "createApp", "create_app"),
        ("サーバー", "サーバ", "ｻｰﾊﾞｰ"),
        ("ユーザー・インターフェース", "ユーザーインターフェース"),
        ("ＤＮＡ配列", "DNA配列", "dna 配列"),
    ],
)
def test_spellings_of_one_name_share_a_skeleton(spellings: tuple[str, ...]) -> None:
    assert len({skeleton(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    "names",
    [
        ("Python 3.11", "Python 3.1.1", "Python 311", "Python 3 11", "Python 31.1"),
        ("C", "C++", "C#"),
        ("The Who", "WHO"),
        ("Williams", "William"),
        ("Windows", "window"),
        ("HTTP", "HTTPS"),
        ("キー", "キ"),
        ("がき", "かき"),
        ("https://example.org/a-b", "https://example.org/ab"),
        ("Paris", "Pari"),
        ("bus", "bu"),
    ],
)
def test_different_names_have_different_skeletons(names: tuple[str, ...]) -> None:
    assert len({skeleton(name) for name in names}) == len(names)


@given(WORDS, st.sampled_from([" ", "-", "_", "  ", " – "]), st.sampled_from(["", "!", ".", "”"]))
def test_case_and_punctuation_do_not_count(words: list[str], joint: str, end: str) -> None:
    plain = skeleton(" ".join(["q", *words]))
    assert skeleton(joint.join(["q", *words]).upper() + end) == plain
    assert skeleton(plain) == plain


@given(texts.filter(bool))
@example("---")
@example("the")
@example("\u0301")
def test_no_name_is_without_a_skeleton(text: str) -> None:
    assert skeleton(text)


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("  The  Hollywood\nReporter ", "The Hollywood Reporter"),
        ("“Hello Love”,", "Hello Love"),
        ("「吾輩は猫である」", "吾輩は猫である"),
        ("Mercury (planet)", "Mercury (planet)"),
        ("(Mercury)", "Mercury"),
        ("Mercury)", "Mercury"),
        ("Martin Luther King Jr.", "Martin Luther King Jr."),
        ("the end.", "the end"),
        ("U.S.", "U.S."),
        ("ﾊﾟｽ\u200bワード", "パスワード"),
        ("\ud800", ""),
        ("...", ""),
        ("（）", ""),
        ("x" * 300, "x" * LONGEST_NAME),
    ],
)
def test_names_are_written_plainly(text: str, surface: str) -> None:
    assert clean_surface(text) == surface


@given(texts)
@example("A\x1b\u0301")
def test_a_clean_name_is_clean(text: str) -> None:
    surface = clean_surface(text)
    assert clean_surface(surface) == surface
    assert len(surface) <= LONGEST_NAME
    assert not re.search(r"[\x00-\x1f\ud800-\udfff]|\s\s", surface)
    assert unicodedata.is_normalized("NFKC", surface) or not surface.isascii()
    surface.encode()


@pytest.mark.parametrize(
    ("surface", "kind"),
    [
        ("Albert Einstein", NameKind.NAME),
        ("page rank", NameKind.TERM),
        ("サーバー", NameKind.TERM),
        ("NASA", NameKind.ACRONYM),
        ("mRNA", NameKind.ACRONYM),
        ("snake_case", NameKind.CODE),
        ("createApp()", NameKind.CODE),
        ("--dry-run", NameKind.CODE),
        ("https://example.org/x", NameKind.URL),
        ("me@example.org", NameKind.EMAIL),
        ("src/main.py", NameKind.PATH),
        ("3.11", NameKind.VERSION),
        ("v2", NameKind.VERSION),
        ("2026-11-24", NameKind.DATE),
        ("2026年11月24日", NameKind.DATE),
        ("24 GiB", NameKind.QUANTITY),
        ("200ドル", NameKind.QUANTITY),
    ],
)
def test_the_kind_is_told_by_the_letters(surface: str, kind: NameKind) -> None:
    assert kind_of(surface) is kind
