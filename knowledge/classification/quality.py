"""How much there is to read in a document: length, boilerplate, readability, broken text."""

from __future__ import annotations

from collections import Counter
from typing import Final

from foundation.patterns import deferred
from knowledge.classification.model import Facet, Flaw, Label, Origin, Quality
from knowledge.classification.reading import Reading

_NOTICE: Final = deferred(
    r"we use cookies|uses? cookies|accept (?:all )?cookies|cookie (?:policy|settings)|"
    r"all rights reserved|copyright (?:\(c\)|©|\d{4})|© ?\d{4}|licensed under|spdx-license|"
    r"permission is hereby granted|without warranty of any kind|redistribution and use in source|"
    r"you may not use this file except|privacy policy|terms of (?:use|service)|"
    r"subscribe to our|sign up for our|skip to (?:main )?content|back to top|follow us on|"
    r"enable javascript|this (?:e-?mail|message) (?:is confidential|and any)|"
    r"unsubscribe|クッキーを使用|cookieを使用|cookie を使用|無断転載|無断複製|著作権は|利用規約|"
    r"プライバシーポリシー|個人情報保護方針|トップへ戻る|ページの先頭|javascriptを有効|メルマガ登録"
)
_SIGNS: Final = (
    "cookie|rights reserved|copyright|©|licensed under|spdx|hereby granted|warranty|redistribution|"
    "this file except|privacy policy|terms of |subscribe|sign up for|skip to|back to top|"
    "follow us|javascript|confidential|message and any|クッキー|無断|著作権|利用規約|プライバシー|"
    "個人情報|トップへ|先頭|メルマガ"
)
_SUSPECT: Final = tuple(_SIGNS.split("|"))
"""One of these stands in every notice: looking for them is quick."""

_MENU: Final = deferred(
    r"[\s*+>-]*(?:home|about(?: us)?|contact(?: us)?|menu|search|log ?in|sign (?:in|up)|register|"
    r"next|previous|share|tweet|print|read more|learn more|advertisement|related articles|"
    r"table of contents|ホーム|お問い合わせ|会社概要|メニュー|検索|ログイン|新規登録|会員登録|"
    r"次へ|前へ|シェア|印刷|続きを読む|もっと見る|広告|関連記事|サイトマップ|目次)[\s:：»›>]*"
)
_SEPARATORS: Final = deferred(r"\s*[|•·»›｜]\s*")
_BARS: Final = frozenset("|•·»›｜")
_BROKEN: Final = deferred("[\ufffd\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff]")
_MISREAD: Final = deferred("Ã[\u0080-\u00bf]|â€.|縺.|繧.|ã[\u0080-\u00bf].")
_MISREAD_SIGNS: Final = ("Ã", "â€", "縺", "繧", "ã\u0081", "ã\u0082")
"""UTF-8 that was read as Latin-1 or as Shift JIS."""

_END: Final = deferred(r"[.!?](?=\s|$)")
_JAPANESE_END: Final = deferred(r"[。！？!?]|\n")
_RUN: Final = deferred(
    "([A-Za-zＡ-Ｚａ-ｚ]+)|([\u3041-\u3096]+)|([々〇\u4e00-\u9fff]+)|([\u30a1-\u30fa\u30fc]+)"
)

_SAMPLE: Final = 600
_ITEM: Final = 25
_REPEATED: Final = 12
_LONG_LINE: Final = 200
_SHORT: Final = 12
_FEWEST: Final = 30
"""Words from which a text's readability can be told."""


def quality_of(reading: Reading, language: str, *, prose: bool = True) -> Quality:
    """Judge a document.

    Args:
        reading: the document.
        language: ISO 639-1; readability is told of English and Japanese.
        prose: whether it has sentences; logs, tables and code have lines that repeat by right,
            and no readability.
    """
    length = sum(map(len, reading.lines)) or 1
    readability = None
    if prose and reading.size >= _FEWEST:
        if language == "en":
            readability = english_readability(reading.prose[:_SAMPLE])
        elif language == "ja":
            readability = japanese_readability(reading.prose[:_SAMPLE])
    return Quality(
        words=round((len(reading.text.split()) + reading.cjk / 2) * reading.times),
        boilerplate=_boilerplate(reading) / length if prose else 0.0,
        readability=readability,
        garbled=min(1.0, _garbled(reading) / max(len(reading.text), 1)),
    )


def _boilerplate(reading: Reading) -> int:
    """Count characters in lines that say nothing of the subject."""
    found = 0
    noticed = any(sign in reading.lowered for sign in _SUSPECT)
    for line, copies in Counter(reading.lines).items():
        notice = noticed and _NOTICE.search(line.lower(), 0, 2 * _LONG_LINE)
        if notice or (len(line) < _LONG_LINE and _is_menu(line)):
            found += copies * len(line)
        elif copies > 1 and len(line) >= _REPEATED:
            found += (copies - 1) * len(line)
    return found


def _is_menu(line: str) -> bool:
    if len(line) <= _ITEM:
        return _MENU.fullmatch(line.lower()) is not None
    if line[0] == "|" or not _BARS.intersection(line):
        return False
    items = _SEPARATORS.split(line)
    return len(items) > 2 and all(len(item) <= _ITEM for item in items)


def _garbled(reading: Reading) -> int:
    """Count characters that nobody can read: broken encodings, and binary data written as text.

    A long address may carry data, and is an address all the same.
    """
    data = sum(
        len(line)
        for line in reading.lines
        if len(line) > _LONG_LINE
        and line.isascii()
        and line.count(" ") * 100 < len(line)
        and "://" not in line
    )
    text = reading.text
    if not text.isascii() or "\x00" in text:
        data += len(_BROKEN.findall(text))
    if any(sign in text for sign in _MISREAD_SIGNS):
        data += sum(map(len, _MISREAD.findall(text)))
    return data


def english_readability(text: str) -> float:
    """Answer the automated readability index as 0 to 1: grade 20 and more is 0, grade 0 is 1.

    Long words and long sentences make a text hard: 0.2 is a paper, 0.4 a newspaper, 0.7 a tale.

    Source: Senter & Smith, Automated readability index, AMRL-TR-66-220 (1967).
    """
    words = text.split()
    letters = sum(map(len, words))
    sentences = max(len(_END.findall(text)), 1)
    grade = 4.71 * letters / max(len(words), 1) + 0.5 * len(words) / sentences - 21.43
    return min(max(1 - grade / 20, 0.0), 1.0)


def japanese_readability(text: str) -> float:
    """Answer Tateisi's score as 0 to 1: its scale has mean 50 and deviation 10; 20 to 80 count.

    Long sentences, long runs of kanji, katakana and Latin letters, and many commas make a text
    hard; long runs of hiragana make it easy.

    Source: Tateisi, Ono & Yamada, A computer readability formula of Japanese texts for machine
    scoring, COLING 1988.
    """
    runs = _RUN.findall(text)
    latin, hiragana, kanji, katakana = (
        sum(map(len, filled)) / max(len(filled), 1)
        for filled in ([run[at] for run in runs if run[at]] for at in range(4))
    )
    sentences = max(len([part for part in _JAPANESE_END.split(text) if part.strip()]), 1)
    commas = text.count("、") / max(text.count("。"), 1)
    score = (
        115.79
        - 0.12 * len(text) / sentences
        - 1.37 * latin
        + 7.4 * hiragana
        - 23.18 * kanji
        - 5.4 * katakana
        - 4.67 * commas
    )
    return min(max((score - 20) / 60, 0.0), 1.0)


def quality_labels(quality: Quality) -> list[Label]:
    """Name what is wrong with a document; a sound one has no such label."""
    if quality.words == 0:
        return [Label(Facet.QUALITY, Flaw.EMPTY, 1.0, Origin.FEATURES)]
    found = {
        Flaw.UNREADABLE: quality.garbled / (quality.garbled + _MANY),
        Flaw.BOILERPLATE: quality.boilerplate,
        Flaw.VERY_SHORT: 1 - quality.words / (2 * _SHORT),
    }
    return [
        Label(Facet.QUALITY, flaw, min(confidence, 1.0), Origin.FEATURES)
        for flaw, confidence in found.items()
        if confidence > 0.5
    ]


_MANY: Final = 0.1
"""Share of broken characters from which a text is rather unreadable than not."""
