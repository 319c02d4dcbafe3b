"""Restrictions in Japanese: what stands before a word for documents, or last after a comma."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from foundation.patterns import deferred
from retrieval.enhancement.dates import JAPANESE
from retrieval.enhancement.names import Names
from retrieval.enhancement.ranges import Cut, Lately, Side, by_author, in_place, one_field, timed

JAPANESE_TEXT: Final = deferred("[ぁ-んァ-ヺ一-鿿]")

_NOUN: Final = (
    "(?:文書|記事|資料|手順書|報告書|議事録|ドキュメント|レポート|ノート|ページ|ガイド|マニュアル|"
    "ファイル|論文|メモ|ランブック|規程|仕様書|文献|投稿)"
)
_VERB: Final = (
    "(?:に)?(?P<verb>更新|作成|変更|改訂|公開|追加|編集|書か)(?:された|した|れた|されている)"
)
_WHEN: Final = (
    rf"(?:(?P<first>{JAPANESE})から(?P<last>{JAPANESE})まで(?:の間)?|"
    rf"(?P<time>{JAPANESE})(?:よりも?)?(?P<how>以降|以後|から|以前|前|まで|後)|"
    r"(?:過去|直近|ここ)(?P<count>\d{1,3}|一)(?P<unit>日|週|か月|ヶ月|カ月|年)(?:間)?(?:以内)?)"
)
_UNITS: Final[Mapping[str, str]] = {
    "日": "day",
    "週": "week",
    "か月": "month",
    "ヶ月": "month",
    "カ月": "month",
    "年": "year",
}
_SIDES: Final[Mapping[str, Side]] = {
    "以降": Side.SINCE,
    "以後": Side.SINCE,
    "から": Side.SINCE,
    "後": Side.AFTER,
    "前": Side.BEFORE,
    "以前": Side.UNTIL,
    "まで": Side.UNTIL,
}
_BEFORE_NOUN: Final = deferred(rf"(?P<cut>{_WHEN}(?:(?:{_VERB})|の))(?={_NOUN})")
_LAST: Final = deferred(
    rf"(?P<cut>[、,(（]\s*{_WHEN}(?:の(?:もの|み)|(?:{_VERB})(?:もの|の))?(?:に限る|のみ|だけ)?[)）]?)"
    r"(?=[。？?！!\s]*\Z)(?P<end>)"
)
_PLACE: Final = deferred(
    r"(?P<cut>[「『\"]?(?P<name>[^\s「」『』\"、。？?のでをはがに]{1,40}?)[」』\"]?"
    r"(?P<told>(?:の)?(?:コレクション|フォルダー?|ディレクトリ))?"
    r"(?:の(?:中|なか))?(?:から|で|内で|内の|だけで))"
)
_AUTHOR: Final = deferred(
    rf"(?P<cut>(?P<name>[^\s、。？?のでをはにがと]{{1,30}}?)(?:さん|氏)?が"
    rf"(?:書いた|作成した|執筆した|更新した|まとめた))(?={_NOUN})"
)
_VERSION: Final = deferred(rf"(?P<cut>(?:バージョン|第)\s*(?P<n>\d{{1,6}})(?:版)?の)(?={_NOUN})")
_LANGUAGE: Final = deferred(
    rf"(?P<cut>(?P<language>日本語|英語|ドイツ語|フランス語|スペイン語)(?:の|で書かれた))(?={_NOUN})"
)
_CODES: Final[Mapping[str, str]] = {
    "日本語": "ja",
    "英語": "en",
    "ドイツ語": "de",
    "フランス語": "fr",
    "スペイン語": "es",
}


def cuts(question: str, known: Names, today: date | None) -> Iterator[Cut]:
    """Yield the words that restrict the documents to search."""
    for pattern in (_BEFORE_NOUN, _LAST):
        for found in pattern.finditer(question):
            if condition := _condition(found, today):
                yield Cut(*found.span("cut"), condition, "documents of this time")
    yield from _places(question, known)
    for found in _AUTHOR.finditer(question):
        if condition := by_author(found["name"], known):
            yield Cut(*found.span("cut"), condition, "documents of this author")
    for found in _VERSION.finditer(question):
        condition = one_field("version", int(found["n"]))
        yield Cut(*found.span("cut"), condition, "documents of this version")
    for found in _LANGUAGE.finditer(question):
        condition = one_field("language", _CODES[found["language"]])
        yield Cut(*found.span("cut"), condition, "documents in this language")


def _places(question: str, known: Names) -> Iterator[Cut]:
    """Take a name before で or から as a place where it is a known one, and told to be one."""
    for found in _PLACE.finditer(question):
        if found["told"] or re.fullmatch(_NOUN, found["name"]):
            condition = in_place(found["name"], known)
            if condition:
                yield Cut(*found.span("cut"), condition, "only where you say to search")


def _condition(found: re.Match[str], today: date | None) -> dict[str, Any] | None:
    field = "created" if found["verb"] in {"作成", "追加"} else "updated"
    lately = None
    if found["unit"]:
        count = 1 if found["count"] == "一" else int(found["count"])
        lately = Lately(count, _UNITS[found["unit"]], today)
    return timed(field, found, _SIDES.get(found["how"]), lately)
