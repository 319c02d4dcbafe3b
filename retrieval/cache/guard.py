"""Whether two questions may mean the same: what tells them apart although they sound alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from retrieval.retrievers.quoted import phrases


def _listed(text: str) -> list[str]:
    return text.split()


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (pair.partition("/") for pair in text.split())
    return tuple((one, other) for one, _, other in pairs)


_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*")
_JAPANESE: Final = re.compile(r"[\u30a1-\u30fa\u30fc]{2,}|[\u4e00-\u9fff々]{2,}")
_NAME: Final = re.compile(
    r"[A-Za-z0-9_]*[A-Z_0-9./+#-][A-Za-z0-9_./+#-]*[A-Za-z0-9_+#]|[A-Z][a-z]+|\b[A-Z]\b"
)

_NEGATION: Final = frozenset(
    _listed(
        "no not never none nobody nothing neither nor without cannot can't don't doesn't didn't"
        " won't"
        " isn't aren't wasn't weren't shouldn't couldn't wouldn't haven't hasn't hadn't non unable"
        " except avoid stop fail fails failed only"
    )
)
_NEGATION_JAPANESE: Final = re.compile(
    r"ない|なく|なかっ|ません|ずに|ぬ[。？?]|以外|除|不可|無効|未|非|だけ|のみ"
)
_ANTONYMS: Final = _pairs(
    "increase/decrease increase/reduce raise/lower more/less more/fewer most/least best/worst"
    " better/worse good/bad start/stop start/end begin/end open/close enable/disable"
    " on/off up/down upgrade/downgrade install/uninstall add/remove create/delete"
    " insert/delete push/pull before/after first/last minimum/maximum min/max"
    " smallest/largest shortest/longest short/long small/large small/big high/low hot/cold"
    " old/new old/young new/used buy/sell lend/borrow import/export read/write encode/decode"
    " encrypt/decrypt compress/decompress lock/unlock allow/deny accept/reject grant/revoke"
    " advantages/disadvantages pros/cons benefits/drawbacks benefits/risks gain/lose win/lose"
    " male/female men/women man/woman boy/girl boys/girls girlfriend/boyfriend husband/wife"
    " father/mother son/daughter he/she his/her love/hate safe/dangerous legal/illegal"
    " possible/impossible public/private internal/external input/output client/server"
    " left/right top/bottom north/south east/west inside/outside with/without early/late"
    " true/false same/different strong/weak fast/slow rich/poor easy/hard easy/difficult"
    " positive/negative active/passive forward/backward ascending/descending arrive/depart"
    " arrival/departure login/logout connect/disconnect show/hide attach/detach"
    " who/where who/when what/when what/where how/why what/why when/where where/why how/where"
    " when/why"
)
_ANTONYMS_JAPANESE: Final = _pairs(
    " 増/減 上/下 前/後 最初/最後 最大/最小 最高/最低 開始/終了 開始/停止 起動/停止"
    " 有効/無効 追加/削除 作成/削除 登録/解除 接続/切断 許可/拒否 送信/受信 入力/出力"
    " 購入/売却 買/売 貸/借 勝/負 男/女 父/母 夫/妻 長所/短所 利点/欠点 安全/危険"
    " メリット/デメリット 合法/違法 可能/不可能 公開/非公開 内部/外部 左/右 東/西 南/北"
    " 新/旧 大/小 高/低 早/遅 速/遅 強/弱 多/少 暗号/復号 圧縮/解凍 ログイン/ログアウト"
    " インストール/アンインストール アップグレード/ダウングレード 誰/何 誰/どこ いつ/どこ"
    " いつ/誰 なぜ/どう 理由/方法"
)
_STOP: Final = frozenset(
    _listed(
        "a an the is are was were be been do does did can could will would should of in on at to"
        " for"
        " by with and or i you we they it this that these those my your our their me us there what"
        " which who whom whose when where why how has have had get got any some please if as from"
        " about so than then into much many"
    )
)
_NUMERALS: Final = {
    word: str(number)
    for number, word in enumerate(
        _listed("zero one two three four five six seven eight nine ten eleven twelve")
    )
}
_MOST_NEW_WORDS: Final = 0.34


def may_mean_the_same(one: str, other: str) -> bool:
    """Tell whether nothing that is easy to see makes two questions different.

    It looks at negations, numbers, names (capitals, codes, katakana and kanji), opposites, words
    that ask, what is quoted, and how many words of content both have, in which order.
    """
    first, second = (unicodedata.normalize("NFKC", text) for text in (one, other))
    return (
        _negated(first) == _negated(second)
        and _numbers(first) == _numbers(second)
        and _names(first, second) == _names(second, first)
        and sorted(_JAPANESE.findall(first)) == sorted(_JAPANESE.findall(second))
        and not _opposed(first, second)
        and phrases(one) == phrases(other)
        and _overlap(first, second)
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def _negated(text: str) -> tuple[int, int]:
    return (
        sum(word in _NEGATION or word.endswith("n't") for word in _words(text)),
        len(_NEGATION_JAPANESE.findall(text)),
    )


def _numbers(text: str) -> list[str]:
    words = [_NUMERALS.get(word, word) for word in _words(text)]
    return sorted(word.replace(",", "") for word in words if word[0].isdigit())


def _names(text: str, other: str) -> set[str]:
    """List what is written as a name; a first word's capital counts if the other has it too."""
    lowered = set(_words(other))
    names = set()
    for found in _NAME.finditer(text):
        name = found[0].strip(".-/")
        first_word = not text[: found.start()].strip("\"'“(¿ ")
        plain = name[1:].islower() or len(name) == 1
        if not (first_word and plain) and name.lower() not in _STOP:
            names.add(name.lower())
    return names | {word for word in lowered if word in _named_in(text) and word in names}


def _named_in(text: str) -> set[str]:
    return {found[0].lower() for found in _NAME.finditer(text)}


def _opposed(one: str, other: str) -> bool:
    """Tell whether one has a word in place of which the other has its opposite."""
    first, second = set(_words(one)), set(_words(other))
    return any(
        _traded(a in first, b in first, a in second, b in second) for a, b in _ANTONYMS
    ) or any(_traded(a in one, b in one, a in other, b in other) for a, b in _ANTONYMS_JAPANESE)


def _traded(first_a: bool, first_b: bool, second_a: bool, second_b: bool) -> bool:  # noqa: FBT001
    return (
        (first_a, first_b) != (second_a, second_b)
        and (first_a or first_b)
        and (second_a or second_b)
    )


def _overlap(one: str, other: str) -> bool:
    """Tell whether most words are in both, in the same order: who does what to whom."""
    first, second = (list(_content(text)) for text in (one, other))
    union, both = {*first, *second}, {*first} & {*second}
    if [word for word in first if word in both] != [word for word in second if word in both]:
        return False
    return len(union) - len(both) <= _MOST_NEW_WORDS * len(union)


def _content(text: str) -> Iterator[str]:
    for word in _words(text):
        if word not in _STOP:
            yield word.removesuffix("'s").rstrip("s") if len(word) > 3 else word
