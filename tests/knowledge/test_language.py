"""Languages told apart by script and by stop words, in passages and in short queries."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.language import CJK_RUN, detect_language, is_cjk


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The follower applies the changes in order and stores how far it came.", "en"),
        ("what is a follower", "en"),
        ("Der Index folgt dem Protokoll und merkt sich, wie weit er ist.", "de"),
        ("L'index suit le journal et il se souvient de la dernière entrée.", "fr"),
        ("El índice sigue el registro y recuerda la última entrada de los cambios.", "es"),
        ("L'indice segue il registro e ricorda qual è la voce più recente della lista.", "it"),
        ("O índice segue o registo e lembra-se de qual foi a última entrada da lista.", "pt"),
        ("De index volgt het logboek en onthoudt hoe ver hij met de wijzigingen is.", "nl"),
        ("索引は変更記録を順に適用し、位置を保存します。", "ja"),
        ("ｻｰﾊﾞｰ", "ja"),
        ("梅雨とは", "ja"),
        ("Vue とは何か", "ja"),
        ("最寄り駅", "ja"),
        ("computed プロパティで `createApp()` を使う方法", "ja"),
        ("索引按顺序应用所有更改，并保存其位置。", "zh"),
        ("色인은 변경 기록을 순서대로 적용합니다.", "ko"),
        ("색인은 변경 기록을 순서대로 적용합니다.", "ko"),
        ("Индекс применяет изменения по порядку.", "ru"),
        ("Індекс застосовує зміни за порядком і зберігає її.", "uk"),
        ("Το ευρετήριο εφαρμόζει τις αλλαγές.", "el"),
        ("האינדקס מחיל את השינויים", "he"),
        ("يطبق الفهرس التغييرات بالترتيب", "ar"),
        ("सूचकांक परिवर्तन लागू करता है", "hi"),
        ("ดัชนีใช้การเปลี่ยนแปลงตามลำดับ", "th"),
    ],
)
def test_a_sentence_tells_its_language(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    "text", ["", "   ", "12.5 %", "createApp()", "vector index", "vue", "🎉", "\ud83d", "\x00"]
)
def test_what_any_language_writes_so_is_of_none(text: str) -> None:
    assert detect_language(text) == ""


def test_kanji_alone_are_chinese_unless_one_is_written_so_in_japanese_only() -> None:
    assert detect_language("東京") == "zh"
    assert detect_language("人々") == "ja"


def test_a_language_that_is_not_known_is_not_taken_for_another() -> None:
    assert detect_language("Det är en bra dag och vi ska gå ut med hunden i parken.") == ""
    assert detect_language("W lesie mieszkał stary niedźwiedź, który bardzo lubił miód.") == ""


def test_a_quotation_does_not_decide() -> None:
    english = "The Japanese word 梅雨 is for the rainy season, which begins in the month of June."
    assert detect_language(english) == "en"
    assert detect_language("我们在东京的街上看到了很多写着の字的招牌，觉得非常有意思。") == "zh"


def test_japanese_comments_in_source_code_decide() -> None:
    code = "const count = ref(0)\nfunction increment() {\n  count.value += 1\n}\n"
    assert detect_language(f"値を一つ増やす関数です:\n\n{code}") == "ja"


def test_a_long_text_is_judged_by_more_than_its_beginning() -> None:
    licence = "Permission is granted to use this for any purpose, if the notice is kept. " * 6
    assert detect_language(licence + "索引は変更記録を順に適用し、位置を保存します。" * 200) == "ja"


@given(st.text(max_size=400))
def test_any_text_has_an_iso_code_or_none(text: str) -> None:
    assert re.fullmatch("[a-z]{2}|", detect_language(text))


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_run_is_made_of_what_is_cjk_and_of_nothing_else(text: str) -> None:
    assert "".join(CJK_RUN.findall(text)) == "".join(filter(is_cjk, text))


def test_runs_hold_every_script_and_stop_at_punctuation() -> None:
    assert CJK_RUN.findall("々サーバー・ｻｰﾊﾞ、ゝ。漢字𠮷ㇰ〆 한글ㄱ　Ａabc") == [
        *("々サーバー", "ｻｰﾊﾞ", "ゝ", "漢字𠮷ㇰ〆", "한글ㄱ"),
    ]
    decomposed = unicodedata.normalize("NFD", "が각")
    assert CJK_RUN.fullmatch(decomposed)
    assert not is_cjk("")
    assert not is_cjk("漢字")


def test_a_passage_takes_well_under_a_millisecond() -> None:
    """The aim is 50 µs; the bound leaves room for a machine with other guests."""
    passage = "The follower applies the changes in order and stores how far it came. " * 13
    best = min(_seconds(passage) for _ in range(20))
    assert best < 300e-6


def _seconds(text: str) -> float:
    started = time.process_time_ns()
    for _ in range(20):
        detect_language(text)
    return (time.process_time_ns() - started) / 20e9
