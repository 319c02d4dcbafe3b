from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.parsers.charset import clean, decode

SENTENCES = (
    "はい",
    "東京都",
    "復旧手順",
    "サーバーを再起動する。",
    "Pythonを使う",
    "第1章 概要",
    "会議メモ 2024年5月",
    "1,東京,10\n2,大阪,20\n",
    "障害が発生した場合は、手順書に従って復旧してください。",
    "エラー: ディスクの空き容量が足りません(残り3%)。",
    "ナレッジベースに登録した文書は、版ごとに保存されます。",
    "「はい」と答えると、すぐに始まります!",
)
JAPANESE_ENCODINGS = ("utf-8", "utf-8-sig", "cp932", "shift_jis", "euc_jp", "iso2022_jp")
WIDE_ENCODINGS = ("utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")

kana = st.characters(min_codepoint=0x3041, max_codepoint=0x3093)
katakana = st.characters(min_codepoint=0x30A1, max_codepoint=0x30F3)
common_kanji = st.builds(
    lambda row, cell: bytes([row, cell]).decode("euc_jp"),
    st.integers(0xB0, 0xCE),
    st.integers(0xA1, 0xFE),
)
words = st.one_of(
    st.text(kana, min_size=2, max_size=8),
    st.text(katakana, min_size=2, max_size=8),
    st.text(common_kanji, min_size=1, max_size=4),
    st.sampled_from(["、", "。", " ", "\n", "OK", "v2.1", "100", "(", ")", "ー"]),
)
japanese = st.builds(
    lambda head, body: head + "".join(body), st.text(kana, min_size=6), st.lists(words, max_size=40)
)


@pytest.mark.parametrize("encoding", JAPANESE_ENCODINGS)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_real_sentences_of_any_length_are_read_in_each_japanese_encoding(
    sentence: str, encoding: str
) -> None:
    assert decode(sentence.encode(encoding)).text == sentence
    assert decode((sentence * 300).encode(encoding)).text == sentence * 300


@pytest.mark.parametrize("encoding", JAPANESE_ENCODINGS)
@given(text=japanese)
@settings(deadline=None)  # a busy machine is no finding
def test_japanese_text_round_trips_through_each_encoding(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")))
@settings(deadline=None)  # a busy machine is no finding
def test_any_text_round_trips_when_a_signature_says_how_it_is_encoded(
    encoding: str, text: str
) -> None:
    assert decode(text.encode(encoding)).text == text


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff")))
@settings(deadline=None)  # a busy machine is no finding
def test_any_utf8_text_is_read_exactly(text: str) -> None:
    assert decode(text.encode()).text == text


@given(
    data=st.binary(max_size=300),
    declared=st.sampled_from(["", "cp932", "rot13", "utf-16", "x"]),
)
@settings(deadline=None)  # a busy machine is no finding
def test_whatever_the_bytes_are_the_text_can_be_stored(data: bytes, declared: str) -> None:
    text = decode(data, declared=declared).text
    assert "\0" not in text
    assert text.encode("utf-8").decode("utf-8") == text


@pytest.mark.parametrize("encoding", WIDE_ENCODINGS)
@pytest.mark.parametrize(
    "sentence", ["Plain words, one line.\n", "障害が発生した場合は、再起動してください。"]
)
def test_wide_encodings_need_no_signature(sentence: str, encoding: str) -> None:
    assert decode(sentence.encode(encoding)).text == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "Müller",
        "café",
        "Größe über alles",
        "ÉCOLE NORMALE",
        "mañana, señor",
        "£100",
        "50° today",
        "São Paulo avança",
        "It’s a “smart” quote – don’t",
        "• one\n• two\n",
    ],
)
def test_western_text_is_not_taken_for_japanese(sentence: str) -> None:
    assert decode(sentence.encode("cp1252")).text == sentence


@pytest.mark.parametrize(
    ("sentence", "encoding"),
    [
        ("Сервер был перезапущен после сбоя, и очередь задач снова работает.", "cp1251"),
        ("Сервер был перезапущен после сбоя, и очередь задач снова работает.", "koi8_r"),
        ("系统发生故障时，请按照手册中的步骤恢复服务。我们需要重新启动服务器。", "gb18030"),
        ("장애가 발생하면 매뉴얼에 따라 복구하십시오. 서버를 다시 시작해야 합니다.", "cp949"),
    ],
)
def test_other_scripts_are_not_taken_for_japanese(sentence: str, encoding: str) -> None:
    assert decode(sentence.encode(encoding)).text == sentence


def test_japanese_that_begins_late_in_a_long_ascii_file_is_found() -> None:
    text = "plain line\n" * 20_000 + "終わりの行です。\n"
    for encoding in ("cp932", "euc_jp", "iso2022_jp"):
        assert decode(text.encode(encoding)).text == text


def test_characters_of_windows_and_mail_programs_are_read() -> None:
    assert decode("①髙橋㈱と丸付き数字".encode("cp932")).text == "①髙橋㈱と丸付き数字"
    mail = "①の件です".encode("iso2022_jp_2004").replace(b"\x1b$(Q", b"\x1b$B")
    assert decode(mail).text == "①の件です"
    assert decode("ｱｲｳ半角".encode("iso2022_jp_ext")).text == "ｱｲｳ半角"


def test_a_declared_encoding_is_believed_while_the_bytes_agree() -> None:
    assert decode("é".encode("latin-1"), declared="ISO-8859-1").text == "é"
    assert decode("кот".encode("koi8_r"), declared='"koi8-r"').text == "кот"
    assert decode("手順".encode(), declared="shift_jis").text == "手順"  # it is UTF-8
    assert decode("手順書です".encode("cp932"), declared="utf-8").text == "手順書です"
    assert decode(b"abc", declared="base64").text == "abc"
    assert decode(b"abc", declared="no such thing").text == "abc"


def test_a_text_that_was_cut_in_the_middle_of_a_character_loses_only_that() -> None:
    whole = "手順書に従ってください。" * 5
    assert decode(whole.encode()[:-1]).text == whole[:-1] + "\ufffd"
    assert decode(whole.encode("cp932")[:-1]).text.startswith(whole[:-1])


def test_nuls_and_lone_surrogates_become_replacement_characters() -> None:
    assert decode(b"before\0after, and on").text == "before\ufffdafter, and on"
    assert decode(b"x \xed\xa0\x80 y").text == "x \ufffd y"
    assert decode(codecs.BOM_UTF16_LE + "a\ud800b".encode("utf-16-le", "surrogatepass")).text == (
        "a\ufffdb"
    )
    assert clean("\ud83d\ude00 \ud83d") == "\U0001f600 \ufffd"


@given(text=st.text(st.characters()))
@settings(deadline=None)  # a busy machine is no finding
def test_cleaning_is_idempotent_and_leaves_storable_text_alone(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert "\0" not in cleaned
    assert clean(cleaned) == cleaned
    if "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text):
        assert cleaned == text
