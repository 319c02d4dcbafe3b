"""Patterns and what to write in their places: to negate a sentence, or to say it otherwise."""

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
