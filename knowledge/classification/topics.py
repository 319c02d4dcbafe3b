"""What a document is about, in its own words: no statistics of other documents are needed."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from knowledge.classification.model import Facet, Label, Origin
from knowledge.classification.reading import Reading

MOST: Final = 5
"""Topics of one document."""

_STOP_WORDS: Final = (
    "a about above across after again against all almost also although always am among an and any "
    "are aren't around as at away back be because been before being below best better between both "
    "but by came can can't cannot come could did do does doesn't doing don't done down during each "
    "either else enough etc even ever every everything example examples few first following for "
    "found from further get gets getting given gives go goes going good got great had has have "
    "having he help her here high him his how however i i'm if important in include included "
    "includes including instead into is isn't it it's its itself just keep kept know known large "
    "last later least less let let's like likely little long look made main make makes making many "
    "may me mean means might more most much must my need needed needs never new next no non none "
    "nor not nothing now of off often old on once one ones only onto open or other others our out "
    "over own part people per please possible present put rather re really right said same say see "
    "seen set several shall she should show shown shows similar simple since small so some "
    "something soon still such take taken tell than that that's the their them then there these "
    "they thing things think this those though three through time times to today together too took "
    "toward two under until up upon us use used useful user users uses using usually very via want "
    "was way ways we well went were what when where whether which while who whole whom whose why "
    "will with within without won't work works would year years yes yet you you're your e.g i.e "
    "vs however different able based result results note section part page pages step steps"
)
_STOP: Final = frozenset(_STOP_WORDS.split())
_JAPANESE_STOP_WORDS: Final = (
    "場合 以下 以上 方法 必要 使用 可能 今回 自分 場所 時間 問題 利用 内容 部分 一部 全体 最初 "
    "最後 次回 現在 以前 以降 当時 同時 同様 対応 確認 実行 設定 指定 追加 変更 説明 手順 概要 "
    "目的 詳細 一覧 関係 自体 一般 基本 通常 例外 結果 原因 意味 理由 場面 状態 状況 多数 "
    "ページ セクション ステップ ケース メモ"
)
_JAPANESE_STOP: Final = frozenset(_JAPANESE_STOP_WORDS.split())
_TERM: Final = re.compile(r"[々\u4e00-\u9fff\u30a1-\u30fa\u30fc]{2,16}")
_WORD: Final = re.compile(r"[a-z][a-z0-9]+(?:['._+-][a-z0-9]+)*|[^\w\s'-]")
_TITLE_WORTH: Final = 4.0
_HEADING_WORTH: Final = 1.5
_PAIR_WORTH: Final = 1.6
_DOUBT: Final = 6.0
_LEAST: Final = 2.0


def topic_labels(reading: Reading) -> list[Label]:
    """Name at most `MOST` topics, the surest first: terms of the title and terms that repeat."""
    worth: dict[str, float] = defaultdict(float)
    for place, weight in (
        ((reading.title,), _TITLE_WORTH),
        (reading.headings, _HEADING_WORTH),
    ):
        for term in {term for text in place for term in _terms(text.lower())}:
            worth[term] += weight
    _add_repeated(worth, reading)
    ranked = sorted(
        ((value * _specificity(term), term) for term, value in worth.items()), reverse=True
    )
    return [
        Label(Facet.TOPIC, term, value / (value + _DOUBT), Origin.FEATURES)
        for value, term in _distinct(ranked, reading.lowered)
    ]


def _add_repeated(worth: dict[str, float], reading: Reading) -> None:
    """Add how often the text has a term; one that it has once counts where a title has it too."""
    known = {
        word
        for word, count in reading.counts.items()
        if (count > 1 or word in worth) and word not in _STOP and len(word) > 1
    }
    for word in known:
        worth[word] += reading.counts[word]
    pairs = Counter(
        [pair for pair in pairwise(reading.words) if pair[0] in known and pair[1] in known]
    )
    for (first, second), count in pairs.items():
        term = f"{first} {second}"
        if count > 1 or term in worth:
            worth[term] += count
    if reading.cjk:
        for term, count in Counter(_TERM.findall(reading.lowered)).items():
            if (count > 1 or term in worth) and term not in _JAPANESE_STOP:
                worth[term] += count


def _terms(lowered: str) -> Iterator[str]:
    """Yield words and pairs of neighbours that are no stop words, and runs of Japanese."""
    above = ""
    for word in _WORD.findall(lowered):
        if word in _STOP or not word[0].isalpha():
            above = ""
            continue
        yield word
        if above:
            yield f"{above} {word}"
        above = word
    if not lowered.isascii():
        for term in _TERM.findall(lowered):
            if term not in _JAPANESE_STOP:
                yield term


def _specificity(term: str) -> float:
    """Weigh a term by its form alone: pairs and long words say more."""
    if not term.isascii():
        return min(len(term), 6) / 4
    return (_PAIR_WORTH if " " in term else 1.0) * (0.5 + min(len(term), 10) / 20)


def _distinct(ranked: Iterable[tuple[float, str]], text: str) -> list[tuple[float, str]]:
    """Take the best that are not parts of each other, and stand in the text as they are."""
    taken: list[tuple[float, str]] = []
    for value, term in ranked:
        if value < _LEAST or len(taken) == MOST:
            break
        if term in text and not any(term in other or other in term for _, other in taken):
            taken.append((value, term))
    return taken
