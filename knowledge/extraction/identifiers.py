"""Finds what is written in a form of its own: code, addresses, versions, dates and quantities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from foundation.patterns import deferred
from knowledge.extraction.model import NameKind
from knowledge.extraction.word_lists import words

_MONTH: Final = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_CLOCK: Final = r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_DAY: Final = r"[0-3]?\d(?:st|nd|rd|th)?"
_DATE: Final = (
    rf"[12]\d{{3}}-[01]\d-[0-3]\d{_CLOCK}(?!\d)|[12]\d{{3}}/[01]?\d/[0-3]?\d(?!\d)"
    rf"|[0-3]?\d[- ]{_MONTH}[- ,]{{1,2}}[12]\d{{3}}(?!\d)"
    rf"|{_DAY}(?: of)? {_MONTH}(?: [12]\d{{3}})?\b"
    rf"|{_MONTH} {_DAY}(?!\d)(?:,? [12]\d{{3}}\b)?|{_MONTH},? [12]\d{{3}}\b"
    r"|(?:(?:明治|大正|昭和|平成|令和)(?:\d{1,2}|元)|[12]?\d{3})年(?!間|前|後|以上|以内)"
    r"(?:\d{1,2}月(?:\d{1,2}日)?)?|[01]?\d月[0-3]?\d日"
)
_NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_MULTIPLE: Final = (
    r"(?:[ \u00a0]?(?:thousand|million|billion|trillion|万|億|兆|[kKMB](?![A-Za-z])))?"
)
_LATIN_UNIT: Final = (
    r"%|percent|[nµμm]?s|min|sec(?:ond)?s?|minutes?|hours?|days?|weeks?|months?|years?"
    r"|[kKMGTP]?(?:i?B|bit/s|bps)|bytes?|[kMG]?Hz|[nµμmck]?m[²³]?|[µμmk]?g|[mµμ]?[lL]|[µμnm]M|kDa"
    r"|°[CF]|km/h|mph|miles?|feet|ft|inch(?:es)?|acres?|hectares?|tons?|tonnes?|pounds?|lbs?"
    r"|[kMG]?W|[mk]?V|dollars?|euros?|yen|USD|EUR|GBP|JPY|mmHg|mg/(?:kg|dL)|req(?:uests)?/s|people"
)
_JAPANESE_UNIT: Final = (
    r"％|年間|[かカヶケ箇]月|日間|週間|時間|分|秒|人|個|本|件|回|台|円|ドル|ユーロ|ポンド|歳|度|倍|名|冊"
    r"|匹|頭|枚|軒|社|校|か国|種|パーセント|(?:キロ|ミリ|センチ)?(?:メートル|グラム)|トン|リットル|ヘクタール"
)
_QUANTITY: Final = (
    rf"[$€£¥](?:{_NUMBER}){_MULTIPLE}|(?!\d{{3}}0s)(?:{_NUMBER}){_MULTIPLE}"
    rf"(?:[ \u00a0]?(?:{_LATIN_UNIT})(?![\w/-])|[ ]?(?:{_JAPANESE_UNIT}))"
)
_SUFFIX: Final = r"(?:[-.]?(?:a|b|rc|alpha|beta|dev|post)[-.]?\d+)"
_VERSION: Final = (
    rf"v?\d+(?:\.\d+){{2,4}}{_SUFFIX}?|v\d+(?:\.\d+)*{_SUFFIX}?|\d+(?:\.\d+)+{_SUFFIX}"
)

VALUE: Final = deferred(
    rf"(?P<date>{_DATE})|(?P<version>{_VERSION})(?![\w.-]*\w)|(?P<quantity>{_QUANTITY})", re.ASCII
)
"""A date, a version or a quantity with its unit; the group tells which."""

NUMBER_OF_VERSION: Final = deferred(
    rf"v?\d+\.\d+(?:\.(?:\d+|x|\*))*(?:{_SUFFIX})?", re.ASCII | re.IGNORECASE
)
"""What is a version where a name is expected; in running text "1.5" is a number."""

_EXTENSION: Final = (
    r"(?:py|pyi|ipynb|jsx?|mjs|tsx?|vue|json|ya?ml|toml|ini|cfg|conf|env|md|rst|txt|html?|css|scss"
    r"|c|h|cc|cpp|hpp|java|go|rs|rb|php|sh|log|sql|csv|tsv|xml|pdf|docx?|xlsx?|exe|dll|so|zip|gz"
    r"|jar|lock|db|sqlite|parquet|pth|whl|png|jpe?g|svg)"
)
_URL: Final = (
    r"(?:https?|ftp|ssh|git)://(?:[^\s<>\"'`|\\^()（）「」『』、。，]|\([^\s()<>]*\))+(?<![.,;:!?*_~\]}])"
    r"|www\.[\w-]+(?:\.[\w-]+)+(?:/[\w./%-]*\w)?"
)
_DOMAIN: Final = (
    r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|gov|edu|co\.uk|co\.jp|jp|de)"
    r"(?![\w(]|[.-]\w)(?:/[\w./%-]*\w)?"
)
_EMAIL: Final = r"[A-Za-z0-9][\w.+-]*+@[\w-]+(?:\.[\w-]+)+"
_PATH: Final = (
    r"(?:~|\.{1,2})?/[\w.@+-]*\w(?:/[\w.@+-]*\w)+/?|(?:~|\.{1,2})/[\w.@+-]*\w|[A-Z]:\\(?:[\w.-]+\\?)+"
    rf"|(?:[\w@.-]+/)*[a-z0-9_.-][\w-]*\.{_EXTENSION}(?![\w/(]|\.\w)"
)
_CALL: Final = r"[@$.]?[A-Za-z_$][\w$]*+(?:(?:\.|::)[A-Za-z_$][\w$]*+){0,20}+\(\)"
_SNAKE: Final = r"_*[A-Za-z][A-Za-z0-9]*+(?:_+[A-Za-z0-9]+)+_*(?:\.\w+)*|__?[A-Za-z]\w*"
_CAMEL: Final = r"[a-z]{2,}[0-9]*[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*(?:\.\w+)*"
_NAMESPACE: Final = r"[a-z_]\w+(?:\.[a-z_]\w+|\.[A-Z][a-z]+[A-Z]\w+|::\w+)+"
_FLAG: Final = r"--[a-z][a-z0-9]*(?:-[a-z0-9]+)*"

CODE: Final = deferred(
    rf"(?<![\w@./\\-])(?:(?P<url>{_URL}|{_DOMAIN})|(?P<email>{_EMAIL})|(?P<path>{_PATH})"
    rf"|(?P<acronym>[a-z]{{1,5}}[A-Z]{{2,}}\d*)(?=s?(?![\w(]))|(?P<name>[a-z][A-Z][a-z]{{2,}}\w*+(?!\())"
    rf"|(?P<code>{_CALL}|{_SNAKE}|{_CAMEL}|{_NAMESPACE}|{_FLAG}))",
    re.ASCII,
)
"""An address, a path, a code identifier or a name such as mRNA and iPhone; the group tells."""

ACRONYM: Final = deferred(
    r"(?=[^a-z]*[A-Z][^a-z]*[A-Z0-9])[A-Z0-9][A-Z0-9&./+-]{1,14}|[a-z]{1,3}[A-Z]{2,6}[0-9]*"
)

_SIGNS: Final = ("_", "/", "@", "()", "--", "::", "\\")
_JOINTS: Final = deferred(r"[a-z](?:[A-Z]|\.[A-Za-z_])")
_TOKEN: Final = deferred(r"[^\s\"'`<>{}\[\],;|（）「」『』、。]+")
_MARKED: Final = deferred(r"[_/@\\]|\(\)|--|::|[a-z](?:[A-Z]|\.[A-Za-z_])")
_DIGIT: Final = deferred(r"[0-9](?<![0-9A-Za-z_.,/][0-9])|v[0-9](?<![0-9A-Za-z_.,/]v[0-9])")
_ERAS: Final = frozenset({"明治", "大正", "昭和", "平成", "令和"})
_MONTHS: Final = words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
_NO_NAMES: Final = frozenset({"e.g", "i.e", "a.k.a", "a.m", "p.m"})


class Piece(NamedTuple):
    """Where something stands in a text, and what it looks like.

    A doubtful piece is a name only if the same word is found elsewhere without a doubt.
    """

    start: int
    end: int
    kind: NameKind
    doubtful: bool = False


def find_values(text: str) -> Iterator[Piece]:
    """Find dates, versions and quantities: each has a digit, so only digits are looked at."""
    done = 0
    for digit in _DIGIT.finditer(text):
        start = _value_start(text, digit.start())
        if start < done:
            continue
        if found := VALUE.match(text, start) or VALUE.match(text, digit.start()):
            done = found.end()
            yield Piece(found.start(), done, NameKind(found.lastgroup or ""))


def _value_start(text: str, digit: int) -> int:
    """Answer where a value begins whose first digit is known: "June 13", "$5", "昭和20年"."""
    before = text[max(digit - 11, 0) : digit]
    if before[-1:] in {"$", "€", "£", "¥"}:
        return digit - 1
    if before[-2:] in _ERAS:
        return digit - 2
    if before[-1:] == " ":
        word = before[:-1].rsplit(None, 1)[-1:]
        if word and word[0][:3] in _MONTHS:
            return digit - 1 - len(word[0])
    return digit


def find_code(text: str) -> Iterator[Piece]:
    """Find code identifiers, paths, URLs and e-mail addresses."""
    if not any(map(text.__contains__, _SIGNS)) and not _JOINTS.search(text):
        return
    for token in _TOKEN.finditer(text):
        if not _MARKED.search(token[0]):
            continue
        for found in CODE.finditer(text, token.start(), token.end()):
            if found[0] not in _NO_NAMES:
                yield Piece(found.start(), found.end(), NameKind(found.lastgroup or ""))
