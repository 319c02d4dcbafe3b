"""Patterns and what to write in their places: to tamper with a sentence, or to say it otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

_AUXILIARY: Final = (
    "is|are|was|were|has|have|had|can|could|will|would|may|might|must|should|does|did|do"
)
NEGATIONS: Final[Mapping[str, Sequence[tuple[str, str]]]] = MappingProxyType(
    {
        "en": (
            (rf"\b({_AUXILIARY})\b(?! not|n't)", r"\1 not"),
            (r"\b(is|are|was|were|has|have|had|can|could|will|would|does|did|do) not\b", r"\1"),
            (r"\bcannot\b", "can"),
            (r"(?<=\w)n't\b", ""),
            (r"\bnever ", ""),
            (r"\bwithout\b", "with"),
        ),
        "ja": (
            ("(ではない|でない)。$", "である。"),
            ("である。$", "ではない。"),
            ("(だった|であった)。$", "ではなかった。"),
            ("(?<!ん)でした。$", "ではありませんでした。"),
            ("(?<!ん)です。$", "ではありません。"),
            ("ます。$", "ません。"),
            ("ません。$", "ます。"),
            ("ました。$", "ませんでした。"),
            ("(?<=[てで])いる。$", "いない。"),
            ("(?<=[てで])いた。$", "いなかった。"),
            ("(?<=[てで])いない。$", "いる。"),
            ("(?<=[さられし])れる。$", "れない。"),
            ("(?<=[さられし])れた。$", "れなかった。"),
            ("(?<=[一-鿿])した。$", "しなかった。"),
            ("(?<=[一-鿿])する。$", "しない。"),
            ("(?<=[にと])なった。$", "ならなかった。"),
            ("(?<=[にと])なる。$", "ならない。"),
            ("(?<=[がはも])ある。$", "ない。"),
            ("(?<=[がはも])あった。$", "なかった。"),
            ("できる。$", "できない。"),
            ("できない。$", "できる。"),
        ),
    }
)
STYLES: Final[Mapping[str, Sequence[tuple[str, str]]]] = MappingProxyType(
    {
        "en": (
            (r" \([^()]*\)", ""),
            (r"^([^,]+), (?:a|an|the) [^,]+, (?=is|was|has)", r"\1 "),
            (r"(?:, (?:which|who|and|but|while|whereas)|;) [^,;]+\.$", "."),
            (r"^(In \d{4}), (?:the )?([^,]+)\.$", r"The \2, \1."),
            (r"(?<=\d),(?=\d{3}\b)", ""),
            (r"\b(is|are|was|were|does|did|do|has|have) not\b", r"\1n't"),
            (r"\bcannot\b", "can't"),
            (r"(?<![-\w])two\b", "2"),
            (r"(?<![-\w])three\b", "3"),
            (r"(?<= )5(?= )", "five"),
            (r"^(?:However|Moreover|Furthermore|In addition|Therefore|Thus|Also), ", ""),
        ),
        "ja": (
            ("（[^（）]*）", ""),
            ("^(?:また|なお|しかし|ただし|そして|さらに|一方|一方で|このため|そのため)、", ""),
            ("(?<=[一-鿿ァ-ヺー])である。$", "です。"),
            ("だった。$", "でした。"),
            ("であった。$", "でした。"),
            ("(?<=[てで])いる。$", "います。"),
            ("(?<=[てで])いた。$", "いました。"),
            ("(?<=[一-鿿])した。$", "しました。"),
            ("(?<=[一-鿿])する。$", "します。"),
            ("(?<=[さら])れる。$", "れます。"),
            ("(?<=[さら])れた。$", "れました。"),
            ("なった。$", "なりました。"),
            ("ではない。$", "ではありません。"),
            ("できない。$", "できません。"),
            ("ます。$", "る。"),
        ),
    }
)
UNITS: Final[Mapping[str, Sequence[tuple[str, str]]]] = MappingProxyType(
    {
        "en": (
            (r"(?<=[\d ])million\b", "billion"),
            (r"(?<=[\d ])billion\b", "million"),
            (r"(?<=[\d ])thousand\b", "million"),
            (r"(?<=\w[ -])day(s?)\b", r"week\1"),
            (r"(?<=\w[ -])weeks?\b", "days"),
            (r"(?<=\w[ -])months\b", "years"),
            (r"(?<=\w[ -])year(s?)\b", r"month\1"),
            (r"(?<=\w[ -])hour(s?)\b", r"minute\1"),
            (r"(?<=\w[ -])minute(s?)\b", r"hour\1"),
            (r"(?<=\d )(?:km|kilomet(?:er|re)s)\b", "miles"),
            (r"(?<=\d[ -])miles?\b", "km"),
            (r"(?<=\d[ -])(?:feet|ft)\b", "metres"),
            (r"(?<=\d )(?:m|met(?:er|re)s)\b", "feet"),
            (r"(?<=\d )mg\b", "g"),
            (r"(?<=\d )kg\b", "lb"),
            (r"\bhalf\b", "a third"),
            (r"\$(?=\d)", "€"),
            (r"(?<=\d)%", "‰"),
        ),
        "ja": (
            ("(?<=[0-9０-９一二三四五六七八九十百千])万", "億"),
            ("(?<=[0-9０-９一二三四五六七八九十百千])億", "万"),
            ("(?<=[0-9０-９一二三四五六七八九十])日間", "週間"),
            ("(?<=[0-9０-９一二三四五六七八九十])週間", "日間"),
            ("(?<=[0-9０-９一二三四五六七八九十])年間", "か月間"),
            ("(?<=[0-9０-９一二三四五六七八九十])(?:か|ヶ|カ)月", "年"),
            ("(?<=[0-9０-９一二三四五六七八九十])時間", "分"),
            ("(?<=[0-9０-９一二三四五六七八九十])分間?(?!の)", "時間"),
            ("(?<=[0-9０-９一二三四五六七八九十])世紀", "年"),
            ("(?<=[0-9０-９])(?:km2|km²|平方キロメートル)", "ヘクタール"),
            ("(?<=[0-9０-９])(?:km(?![2²])|キロメートル)", "マイル"),
            ("(?<=[0-9０-９])(?:m(?![m2²])|メートル)", "フィート"),
            ("(?<=[0-9０-９])(?:%|％)", "‰"),
            ("(?<=[0-9０-９])円", "ドル"),
            ("(?<=[0-9０-９])ドル", "円"),
        ),
    }
)
"""Units and scales, and others to put in their places."""

DENIALS: Final[Mapping[str, Sequence[tuple[str, str]]]] = MappingProxyType(
    {
        "en": (
            (r"\b(known|usual|likely|able|aware|official|successful|common|popular)\b", r"un\1"),
            (
                r"\b(complete|direct|dependent|formal|correct|visible|accurate|sufficient)\b",
                r"in\1",
            ),
            (r"\bun(known|usual|likely|able|aware|official|successful|common|popular)\b", r"\1"),
            (
                r"\bin(complete|direct|dependent|formal|correct|visible|accurate|sufficient)\b",
                r"\1",
            ),
            (r"\b(possible|proper|mature|perfect|mortal)\b", r"im\1"),
        ),
        "ja": (
            ("(?<![不非無未一-鿿])(十分|安定|正確|自由|公平|適切|完全|可能|必要)", r"不\1"),
            ("(?<![不非無未一-鿿])(公開|公式|常時|課税|現実)", r"非\1"),
            ("(?<![不非無未一-鿿])(完成|確認|定義|使用|設定|登録|解決|発見)", r"未\1"),
            ("(?<![不非無未一-鿿])(制限|条件|関係|視|意味|意識)", r"無\1"),
            (
                "[不非未無](?=(?:十分|安定|正確|自由|公平|適切|完全|可能|必要|公開|公式|完成|確認|定義))",
                "",
            ),
        ),
    }
)
"""Words that are denied by how they begin, and the other way round."""

_MEMBER: Final = r"([A-Z]\w+(?: [A-Z]\w+)*)"
ORDERS: Final[Mapping[str, Sequence[tuple[str, str]]]] = MappingProxyType(
    {
        "en": (
            (rf"(?<=[a-z,] ){_MEMBER} (and|or) {_MEMBER}\b(?! [A-Z]|\.\w)", r"\3 \2 \1"),
            (rf"(?<=[a-z] ){_MEMBER}, {_MEMBER},? (and|or) {_MEMBER}\b", r"\4, \1 \3 \2"),
            (r"\b([a-z]{4,}) (and|or) ([a-z]{4,})(?=[.,])", r"\3 \2 \1"),
            (r"\b(\d+ [a-z]+) and (\d+ [a-z]+)(?=[.,])", r"\2 and \1"),
            (r"^((?:In|On|During|Since) [^,]{3,40}), (?:the )?([^,]+)\.$", r"The \2 \1."),
            (
                rf"^{_MEMBER} (?:was|were) (\w+ed) by {_MEMBER}((?: (?:in|on|at) [^,]+)?)\.$",
                r"\3 \2 \1\4.",
            ),
            (
                rf"^(The [a-z ]{{3,30}}) (?:was|were) (\w+ed) by {_MEMBER}\.$",
                r"\3 \2 \1.",
            ),
        ),
        "ja": (
            (
                r"(?<![ァ-ヺー一-鿿・、])([ァ-ヺー]+)(と|や)([ァ-ヺー]+)(?=[のがはをに、])(?!に)",
                r"\3\2\1",
            ),
            (
                r"(?<![ァ-ヺー一-鿿・、])([一-鿿]{2,})(および|及び|や)([一-鿿]{2,})(?=[のがはを、])",
                r"\3\2\1",
            ),
            (r"(?<=[はが、])([一-鿿]{2,})、([一-鿿]{2,})(?=など)", r"\2、\1"),
            (r"^(\d+年)に?、([^、]+?が)([^、]+)。$", r"\2\1に\3。"),
        ),
    }
)
"""Lists in another order, what moved as a whole, and passives: all say the same."""

NUMBERS: Final[Mapping[str, Sequence[tuple[str, str]]]] = MappingProxyType(
    {
        "en": (
            (r"\b(?<![-.,$])20(?= [a-z]{4,})", "twenty"),
            (r"\b(?<![-.,$])25(?= [a-z]{4,})", "twenty-five"),
            (r"\b(?<![-.,$])100(?= [a-z]{4,})", "one hundred"),
            (r"\b(?<![-.,$])12(?= [a-z]{4,})", "twelve"),
            (r"(?<![\d.,])(\d)\.(\d) million\b", r"\1,\g<2>00,000"),
            (r"(?<![\d.,])(\d+) million\b", r"\1,000,000"),
            (r"(?<=\d) ?%", " percent"),
            (r"(?<=\d) percent\b", "%"),
            (r"(?<=\d) km\b", " kilometres"),
            (r"(?<![-\w])four\b(?!-)", "4"),
            (r"(?<![-\w])six\b(?!-)", "6"),
            (r"(?<![-\w])eight\b(?!-)", "8"),
            (r"(?<![-\w])ten\b(?!-)", "10"),
            (r"(?<=\d),(?=\d{3}\b)", ""),
            (r"\b60 minutes\b", "an hour"),
            (r"\b24 hours\b", "a day"),
            (r"\b12 months\b", "a year"),
        ),
        "ja": (
            ("(?<![0-9])10(?=人|年間|日間|本|個|回)", "十"),
            ("(?<![0-9])20(?=人|年間|日間|本|個|回|世紀)", "二十"),
            ("(?<![0-9])19(?=世紀)", "十九"),
            ("(?<![0-9])3(?=人|年間|日間|本|個|回|つ)", "三"),
            ("(?<![0-9])2(?=人|年間|日間|本|個|回|つ)", "二"),
            ("(?<![0-9])1(?=人|年間|日間|本|個|回|つ)", "一"),
            (r"(?<![0-9,.億兆])([0-9]{1,4})万(?=人|円|ドル)", r"\g<1>0000"),
            ("(?<=[0-9])%", "パーセント"),
            ("(?<=[0-9])km(?!2)", "キロメートル"),
        ),
    }
)
"""Numbers and units, written in another way."""
