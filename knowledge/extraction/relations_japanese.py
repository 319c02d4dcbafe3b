"""What Japanese sentences say of two names: 「XはYの一種」「XはYに依存する」「Xの原因はY」.

The topic that は marks at the start of a sentence is the subject; an object is a run of kanji,
katakana and Latin letters right before the words of the relation, with one の between such runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from foundation.patterns import deferred
from knowledge.extraction.model import Claim, Predicate
from knowledge.extraction.noun_phrases import Place, Prose
from knowledge.extraction.word_lists import words

_CHAR: Final = r"[一-龯㐀-䶵々〆ァ-ヺー・A-Za-z0-9０-９Ａ-Ｚａ-ｚ_.+#/()-]"
_RUN: Final = rf"{_CHAR}{{1,30}}(?: {_CHAR}{{1,30}}){{0,3}}"
_PHRASE: Final = rf"(?<!{_CHAR})(?:{_RUN}の)?{_RUN}"
_KANA: Final = deferred("[ぁ-んァ-ヺ]")
_NOUN: Final = deferred(rf"(?:{_RUN}の)?{_RUN}")
_IS: Final = (
    r"(?:である(?=[。、）]|が、|\Z)|であり(?=、)|です(?=[。、\s:：（が]|\Z)|だ(?=。)"
    r"|(?:だった|であった)(?=[。、]|が、|\Z)|でした(?=[。、]|\Z))"
)
"""The copula at the end of a clause: 「首相であるX」 says nothing of the topic."""

_TOPIC: Final = deferred(
    r"[\s\-*+>・#]*+(?:\d{1,3}[.)]\s++)?"
    r"(?:(?:また|なお|ただし|例えば|たとえば|そして|さらに|一般に|つまり)、?)?[「『\"]?"
    r"(?P<name>[^はがを、。？！\s「」『』（）\"][^はがを、。？！\n「」『』（）\"]{0,39}?)[」』\"]?\s*+"
    r"(?:（[^（）\n]{0,80}）\s*+)?(?:とは|は)[、\s]*+"
)
_POINTING: Final = deferred(
    "(?:こ|そ|あ|ど)(?:れ|の|こ|ちら|う)|私|僕|我々|彼|同(?:社|氏|年)|各|上記|以下|次|前者|後者|両者|一方|他方|今|当時"
    "|現在|自分|誰|カッコ|括弧"
)
_NO_TOPIC: Final = deferred(
    ".*(?:首都|通貨|人口|面積|敬称|国旗|国歌|形容詞|内訳|本部|本社|支社|所在地|生産高|社長|住民|公用語|言語|宗教|特徴|構造|名前"
    "|名称|名|定義|分野|地点|形態|役割|用途|種類|欠点|利点|引数|官庁|政体|サイン|成分|将軍|収|責任者|監督|会長|知事|議会|府|共通語|高|等|第.|以外|内|側|際|後|前|中|時|頃|年|月|日|以降|以来|数|率|値)"
)
"""Attributes ("the capital is …") and times are no things that have a class."""

_NO_CLASSES: Final = words("""
こと もの ため 場合 必要 可能 不可能 重要 簡単 便利 有効 無効 有名 著名 同じ 同様 同一 別 異
主 様 中 上 下 前 後 点 方 人 者 一つ ひとつ 一人 最大 最小 最高 最初 最後 最適 適切 不要 十分
不十分 安全 危険 確実 明確 明白 複雑 単純 困難 容易 高価 安価 無料 有料 豊富 盛ん 活発 一般
普通 特別 独自 固有 一定 多数 少数 大半 全員 以上 以下 程度 前後 通り 状態 理由 原因 結果 目的
対象 予定 見込み 不明 未定 元 例 例外 唯一 典型 限り 由来 所属 設立 開始 発行 開催 公開 使用
実施 禁止 廃止 導入 採用 利用 出身 在住 存在 在籍 担当 優秀 良好 正確 正式 公式 非公式 任意
必須 推奨 非推奨 いくつか さまざま 様々 次 次第 代表 中心 基本 主流 主体 主力 大切 深刻 柔軟
高速 低速 強力 名前 名称 呼称 総称 略称 通称 別名 意味 一部 一種 一員 一環 後継 問題 課題 時
時期 時代 頃 間 差 違い 方法 手段 仕組み 特徴 部分 全部 全て 全体 半分 側 面 形 ほか 他 低調
好調 赤字 黒字 原則 慣例 事項 欠点 利点 注意 処理 更新 完全 ミュータブル イミュータブル
リアクティブ シンプル""")
_UNFIT: Final = deferred(
    r"[約第]?[0-9０-９一二三四五六七八九十百千万億兆.,]+\S{0,3}|.*[0-9０-９].{0,3}"
    r"|.*(?:的|年|月|日|円|歳|倍|度|性|中|向け|以上|以下|以来|以降|程度|同様|可能|不要|必須|必要|自由)"
)
_WHOLE: Final = deferred(
    "(?:本|当|今回の|この)?(?:障害|インシデント|事象|問題|不具合|事故|停止|ダウン|エラー)"
)
_ANOTHER_CLAUSE: Final = deferred(
    "(?<!また)(?<!あるい)(?<![でにと])は(?![じっ])|[しきちにみびりれけえて]、|[がばず]、|のが|[をもへにとでが]\\Z"
)
"""What stands between a topic and a class only if the class is another thing's."""

_FOREIGN: Final = deferred("[ァ-ヺA-Za-zＡ-Ｚａ-ｚ]")
_REACH: Final = 140

_TOPICAL: Final[Sequence[tuple[str, str, Predicate, float]]] = (
    ("の一種", rf"(?P<o>{_PHRASE})の一種(?={_IS}|で、|。|、|\Z)", Predicate.IS_A, 0.9),
    (
        "の",
        rf"(?P<o>{_PHRASE})の(?:一つ|１つ|1つ|ひとつ)(?={_IS}|。|として|\Z)",
        Predicate.IS_A,
        0.7,
    ),
    ("の一部", rf"(?P<o>{_PHRASE})の一部(?={_IS}|で、|。|として|\Z)", Predicate.PART_OF, 0.85),
    (
        "の",
        rf"(?P<o>{_PHRASE})」?[』）]?の(?:略称|略語|略|頭文字|短縮形)(?={_IS}|で|。|、|\Z)",
        Predicate.STANDS_FOR,
        0.9,
    ),
    (
        "とも",
        rf"[「『]?(?P<o>{_PHRASE})[」』]?とも(?:呼ば|言わ|いわ|称さ|いう|いい|言う|呼ぶ|表記)",
        Predicate.ALSO_KNOWN_AS,
        0.85,
    ),
    (
        "依存",
        rf"(?P<o>{_PHRASE})に(?:[強大]く|のみ|深く)?依存(?:する|し(?!な|ま(?:せん)))",
        Predicate.DEPENDS_ON,
        0.85,
    ),
    (
        "必要",
        rf"(?P<o>{_PHRASE})(?:を必要とす|を必要とし|が必要(?![かと]))",
        Predicate.DEPENDS_ON,
        0.75,
    ),
    (
        "置き換え",
        rf"(?P<o>{_PHRASE})(?:に|によって|により)置き換え(?:られ|わ)",
        Predicate.REPLACED_BY,
        0.85,
    ),
    (
        "取って代わ",
        rf"(?P<o>{_PHRASE})(?:に|によって|により)取って代わられ",
        Predicate.REPLACED_BY,
        0.85,
    ),
    ("後継", rf"(?P<o>{_PHRASE})の後継", Predicate.REPLACES, 0.8),
    ("原因", rf"(?P<o>{_PHRASE})が原因(?={_IS}|で|。)", Predicate.CAUSED_BY, 0.9),
    ("起因", rf"(?P<o>{_PHRASE})に起因", Predicate.CAUSED_BY, 0.85),
    (
        "引き起こされ",
        rf"(?P<o>{_PHRASE})(?:によって|により)引き起こされ",
        Predicate.CAUSED_BY,
        0.9,
    ),
)
"""Sign, words before which the object stands, what they say of the topic, and how surely."""

_FREE: Final[Sequence[tuple[str, str, Predicate, float]]] = (
    (
        "原因は",
        rf"(?P<s>{_PHRASE})の(?:根本)?原因は、?(?P<o>{_PHRASE})(?={_IS}|による|。)",
        Predicate.CAUSED_BY,
        0.9,
    ),
    (
        "によ",
        rf"(?P<o>{_PHRASE})(?:により|によって)、?(?P<s>{_PHRASE})が(?:発生|起き|起こ|生じ)",
        Predicate.CAUSED_BY,
        0.85,
    ),
    (
        "原因で",
        rf"(?P<o>{_PHRASE})が原因で、?(?P<s>{_PHRASE})(?:が(?:発生|起き|起こ|生じ)|し(?:た|まし))",
        Predicate.CAUSED_BY,
        0.85,
    ),
    (
        "が必要",
        rf"(?P<s>{_PHRASE})には、?(?P<o>{_PHRASE})が必要(?![か])",
        Predicate.DEPENDS_ON,
        0.7,
    ),
    (
        "称",
        rf"(?P<s>{_PHRASE})(?:（|、)(?:通称|旧称|愛称)[：は]?\s?[「『]?(?P<o>{_RUN})(?=[」』）、])",
        Predicate.ALSO_KNOWN_AS,
        0.85,
    ),
    (
        "別名",
        rf"(?P<s>{_PHRASE})(?:（|、)別名[：は]?\s?[「『]?(?P<o>{_RUN})(?=[」』）、])",
        Predicate.ALSO_KNOWN_AS,
        0.9,
    ),
)
"""The same where both ends stand beside the words."""

_TOPICAL_FORMS: Final = tuple((a, deferred(b), c, d) for a, b, c, d in _TOPICAL)
_FREE_FORMS: Final = tuple((a, deferred(b), c, d) for a, b, c, d in _FREE)
_Form = tuple[str, re.Pattern[str], Predicate, float]
_CLASS: Final = deferred(rf"(?P<o>(?<!{_CHAR}){_RUN})(?:{_IS}|(?:のこと)?。\Z)")


def find_japanese_relations(
    prose: Prose, title: str, sentences: Sequence[Place]
) -> Iterator[Claim]:
    """Yield what Japanese sentences say.

    Args:
        prose: the passage.
        title: what 「障害」 stands for in a report about one; may be empty.
        sentences: where they start and end.
    """
    text = prose.text
    if not _KANA.search(text):
        return
    free = [form for form in _FREE_FORMS if form[0] in text]
    topical = [form for form in _TOPICAL_FORMS if form[0] in text]
    for start, end in sentences:
        for found, predicate, confidence in _occurrences(text, free, start, end):
            ends = found.span("s"), found.span("o")
            yield from _claimed(prose, title, *ends, predicate, confidence)
        topic = _TOPIC.match(text, start, end)
        if topic and _is_topic(prose, topic.span("name")):
            subject = topic.span("name")
            for found, predicate, confidence in _occurrences(text, topical, topic.end(), end):
                ends = subject, found.span("o")
                yield from _claimed(prose, title, *ends, predicate, confidence)
            yield from _is_a(prose, subject, topic.end(), end)


def _occurrences(
    text: str, forms: Sequence[_Form], start: int, end: int
) -> Iterator[tuple[re.Match[str], Predicate, float]]:
    """Find each form's first occurrence in a sentence, looking around its sign alone."""
    for sign, pattern, predicate, confidence in forms:
        place = text.find(sign, start, end)
        if place >= 0 and (found := pattern.search(text, max(start, place - _REACH), end)):
            yield found, predicate, confidence


def _is_topic(prose: Prose, place: Place) -> bool:
    """Tell whether a topic is a noun phrase that means the same out of its sentence."""
    name = prose.text[slice(*place)].strip()
    if prose.knows(place):
        return True
    return _NOUN.fullmatch(name) is not None and not _POINTING.match(name)


def _is_a(prose: Prose, subject: Place, start: int, end: int) -> Iterator[Claim]:
    """Read 「XはYである」 and 「Xは、Y。」 of a name X, where no other clause intervenes."""
    name = prose.text[slice(*subject)]
    found = _CLASS.search(prose.text, start, end)
    if found is None:
        return
    between = prose.text[start : found.start("o")]
    identity = not between and found[0].endswith("。")
    if identity or _ANOTHER_CLAUSE.search(between):
        return
    if ("の" in name or not between) and not prose.knows(subject):
        return
    kind = prose.surface(found.span("o"))
    if len(kind) > 1 and kind not in _NO_CLASSES and not _UNFIT.fullmatch(kind):
        yield from _claimed(prose, "", subject, found.span("o"), Predicate.IS_A, 0.8)


def _claimed(
    prose: Prose, title: str, subject: Place, target: Place, predicate: Predicate, sure: float
) -> Iterator[Claim]:
    names = [prose.surface(subject), prose.surface(target)]
    if predicate is Predicate.CAUSED_BY and title and _WHOLE.fullmatch(names[0]):
        names[0], sure = title, round(sure - 0.1, 2)
    vague = any(name in _NO_CLASSES or _POINTING.match(name) for name in names)
    if predicate is Predicate.IS_A and _NO_TOPIC.fullmatch(names[0]):
        vague = True
    if predicate is Predicate.DEPENDS_ON and not _FOREIGN.search(names[1]):
        vague = vague or not prose.knows(target)
    if all(names) and not vague:
        start, end = min(subject[0], target[0]), max(subject[1], target[1])
        yield Claim(names[0], predicate, names[1], None, start, end, sure)
