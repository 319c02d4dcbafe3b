"""The default extractor, all steps together."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings

from knowledge.extraction.model import Excerpt, Extract, Mention, NameKind, Role
from knowledge.extraction.rules import RuleExtractor
from tests.knowledge.extraction.texts import texts


def read(text: str, title: str = "") -> Extract:
    (extract,) = RuleExtractor().extract([Excerpt(title, (), text)])
    return extract


def found(text: str, title: str = "") -> dict[str, NameKind | str]:
    return {mention.surface: mention.kind for mention in read(text, title).mentions}


def test_an_english_passage_gives_its_names() -> None:
    text = (
        "The Journal of Physics was founded in January 1960. However, Jan Philip Solovej of the "
        "University of Copenhagen (UCPH) edits it; see `parse_all()` in src/main.py, v2.1."
    )
    assert found(text) == {
        "January 1960": "date",
        "v2.1": "version",
        "src/main.py": "path",
        "parse_all()": "code",
        "Journal of Physics": "name",
        "Jan Philip Solovej": "name",
        "University of Copenhagen": "name",
        "UCPH": "acronym",
    }


def test_a_japanese_passage_gives_its_names() -> None:
    text = "織田信長は２０２６年１１月２４日に、ＷＨＯのサーバー側レンダリングを200ドルで買った。"
    assert found(text) == {
        "2026年11月24日": "date",
        "200ドル": "quantity",
        "WHO": "acronym",
        "織田信長": "person",
        "サーバー側レンダリング": "term",
    }


def test_a_name_is_mentioned_once_with_the_sentences_that_have_it() -> None:
    extract = read("We like Tokyo.\n\nNot here.\n\nIn Tokyo and Tokyo.")
    assert extract.mentions == [Mention("Tokyo", NameKind.NAME, Role.TEXT, 3, 0b101, 8)]


def test_a_doubtful_word_counts_if_it_is_a_name_elsewhere() -> None:
    assert found("Queen played. Everybody likes the band.") == {}
    assert read("Queen played. People like Queen.").mentions[0].count == 2


def test_late_sentences_share_the_last_bit() -> None:
    (mention,) = read("Nothing here. " * 80 + "They like Tokyo.").mentions
    assert mention.sentences == 1 << 61


def test_code_between_fences_is_not_prose() -> None:
    assert found("```js\nconst Foo = BarBaz()\nfunction readAll() {}\n```") == {"readAll": "code"}


@settings(max_examples=150, deadline=None)
@given(texts, texts)
def test_any_text_can_be_read(title: str, text: str) -> None:
    extract = read(text, title)
    assert extract == read(text, title)
    surfaces = [mention.surface for mention in extract.mentions]
    assert len(surfaces) == len(set(surfaces))
    for mention in extract.mentions:
        assert mention.surface
        assert mention.count > 0
        mention.surface.encode()
        if mention.start >= 0:
            written = plain(text[mention.start :])
            assert written.startswith(plain(mention.surface)), (mention, written[:40])
    for claim in extract.claims:
        assert claim.subject in surfaces
        assert claim.object is None or claim.object in surfaces


def plain(text: str) -> str:
    """Write a text in NFKC without white space and what no name shows."""
    letters = unicodedata.normalize("NFKC", text)
    return "".join(char for char in letters if char.isalnum())
