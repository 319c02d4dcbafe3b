from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.romaji import hepburn, romanise
from knowledge.language import CJK_RUN


@pytest.mark.parametrize(
    ("katakana", "latin"),
    [
        ("シンカンセン", "shinkansen"),
        ("キャッシュ", "kyasshu"),
        ("マッチ", "matchi"),
        ("ジェット", "jetto"),
        ("ウェブ", "webu"),
        ("クウェート", "kuweeto"),
        ("ファイル", "fairu"),
        ("サーバー", "saabaa"),
        ("ヴァイオリン", "vaiorin"),
        ("アッ", "a"),
        ("ー", ""),
    ],
)
def test_katakana_is_written_as_it_sounds(katakana: str, latin: str) -> None:
    assert hepburn(katakana) == latin


@pytest.mark.parametrize(
    ("written", "latin"),
    [
        ("払い戻し", "haraimodoshi"),
        ("東京大学", "toukyoudaigaku"),
        ("Kamome の時刻表", "Kamome no jikokuhyou"),
        ("ＡＰＩサーバー", "API saabaa"),
    ],
)
def test_words_are_written_by_their_readings(written: str, latin: str) -> None:
    assert romanise(written) == latin


@given(st.text(alphabet=st.characters(max_codepoint=0x24F)))
def test_text_without_japanese_stays_as_it_is(text: str) -> None:
    assert CJK_RUN.search(text) is None
    assert romanise(text) == text


@given(st.text(alphabet=st.characters(min_codepoint=0x30A1, max_codepoint=0x30FC)))
def test_any_katakana_can_be_written_in_latin_letters(text: str) -> None:
    assert CJK_RUN.search(hepburn(text)) is None
