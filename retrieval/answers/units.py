"""Units that stand with a number, and how much of the same measure each of them is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit measures, and how much of it: an hour is 3,600 of "second"."""

    measure: str
    amount: Fraction

    @property
    def key(self) -> str:
        """Name the unit the same however it was written: days, day, 日間."""
        return f"{self.amount} {self.measure}"

    @property
    def word(self) -> str:
        """Answer what it measures as a word of its own."""
        return f" {''.join(filter(str.isalpha, self.measure))} "

    def raised(self, power: int) -> Unit:
        """Answer the square or the cube of a length."""
        return Unit(f"{self.measure}^{power}", self.amount**power) if power > 1 else self


_TABLE: Final = """
second 1/1000000000 nanosecond~ ns ナノ秒; second 1/1000000 microsecond~ μs us マイクロ秒
second 1/1000 millisecond~ ms ミリ秒; second 1 second~ sec secs s 秒間 秒
second 60 minute~ min mins 分間 分; second 3600 hour~ hr hrs h 時間
second 86400 day~ 日間 日; second 604800 week~ 週間 週; second 1209600 fortnight~
month 1 month~ か月間 か月 ヶ月間 ヶ月 ケ月間 ケ月 カ月間 カ月 ヵ月間 ヵ月 箇月
month 12 year~ yr yrs 年間 年 か年 ヶ年 カ年; month 120 decade~; month 1200 century centuries 世紀
month-of-the-year 1 月; time-of-day 1 時; ten-years-from 1 年代; fiscal-year 1 年度
metre 1/1000000000 nanometre~ nanometer~ nm
metre 1/1000000 micrometre~ micrometer~ micron~ μm マイクロメートル
metre 1/1000 millimetre~ millimeter~ mm ミリメートル
metre 1/100 centimetre~ centimeter~ cm センチメートル センチ
metre 1 metre~ meter~ m メートル; metre 1000 kilometre~ kilometer~ km キロメートル
metre 127/5000 inch inches インチ; metre 381/1250 foot feet ft フィート
metre 1143/1250 yard~ yd ヤード; metre 201168/125 mile~ mi マイル
metre^2 10000 hectare~ ha ヘクタール; acre 1 acre~ エーカー
gram 1/1000000 microgram~ μg mcg マイクログラム; gram 1/1000 milligram~ mg ミリグラム
gram 1 gram~ gramme~ g グラム; gram 1000 kilogram~ kilogramme~ kilo~ kg キログラム
gram 1000000 tonne~ ton~ トン; ounce 1 ounce~ oz オンス
litre 1/1000000 microlitre~ microliter~ μl
litre 1/1000 millilitre~ milliliter~ ml mL ミリリットル
litre 1 litre~ liter~ L リットル; gallon 1 gallon~ ガロン; gallon 1/8 pint~ パイント
barrel 1 barrel~
bit 1 bit~ ビット; bit 8 byte~ バイト; bit 8000 kilobyte~ kB KB キロバイト
bit 8000000 megabyte~ MB メガバイト; bit 8000000000 gigabyte~ GB ギガバイト
bit 8000000000000 terabyte~ TB テラバイト; bit 8192 KiB; bit 8388608 MiB; bit 8589934592 GiB
watt 1 watt~ ワット; watt 1000 kilowatt~ kW キロワット; watt 1000000 megawatt~ MW メガワット
watt 1000000000 gigawatt~ GW ギガワット; volt 1 volt~ V ボルト; mph 1 mph; knot 1 knot~ ノット
hertz 1 hertz Hz ヘルツ; hertz 1000 kilohertz kHz; hertz 1000000 megahertz MHz
hertz 1000000000 gigahertz GHz
degree 1 degree~ ° 度; celsius 1 °C celsius; fahrenheit 1 °F fahrenheit; kelvin 1 kelvin~
dollar 1 dollar~ USD US$ $ ドル; dollar 1/100 cent~ セント; euro 1 euro~ EUR € ユーロ
pound 1 pound~ lb lbs GBP £ ポンド; yen 1 yen JPY ¥ 円; yuan 1 yuan CNY 人民元; won 1 KRW ウォン
rupee 1 rupee~ INR ₹ ルピー; franc 1 franc~ CHF フラン; rouble 1 rouble~ ruble~ ルーブル
ratio 1/100 percent per_cent pct % パーセント; ratio 1/1000 ‰; ratio 1/10 割
point 1 percentage_point~ ポイント; times 1 times fold 倍
"""
PREFIXED: Final = r"us\$|[$€£¥₹]"
"""Signs that stand before their number, in lower case."""

_CANNOT_FOLLOW: Final = {
    "日": "本曜",
    "月": "曜",
    "時": "代期々計",
    "分": "の野類析割",
    "割": "合",
    "度": "々",
}
"""Kanji behind which a unit's own makes another word: 日本, 時代."""


def _written() -> Iterator[tuple[str, Unit]]:
    for line in _TABLE.replace("\n", ";").split(";"):
        if line.strip():
            measure, amount, *spellings = line.split()
            unit = Unit(measure, Fraction(amount))
            for spelling in (each.replace("_", " ") for each in spellings):
                yield spelling.removesuffix("~"), unit
                if spelling.endswith("~"):
                    yield f"{spelling.removesuffix('~')}s", unit


_SPELLINGS: Final[Mapping[str, Unit]] = dict(_written())
_LONG: Final = 4
"""Letters from which on a unit is a word, in either case; shorter ones are symbols."""


def _is_word(spelling: str) -> bool:
    return spelling.isascii() and len(spelling) >= _LONG and spelling.islower()


def _any(spellings: list[str]) -> str:
    return "|".join(re.escape(each) for each in sorted(spellings, key=len, reverse=True))


def _japanese(spelling: str) -> str:
    last = _CANNOT_FOLLOW.get(spelling)
    return f"{spelling}(?![{last}])" if last else spelling


_WORDS: Final = _any([each for each in _SPELLINGS if _is_word(each)] + ["day", "days", "yen"])
_SYMBOLS: Final = _any([
    each for each in _SPELLINGS if each.isascii() and each.isalpha() and not _is_word(each)
] + ["°C", "°F", "μs", "μm", "μg", "μl"])  # fmt: skip
_SIGNS: Final = "[%‰°$€£¥₹]"
_JAPANESE: Final = "|".join(
    _japanese(each)
    for each in sorted(_SPELLINGS, key=len, reverse=True)
    if re.match("[ぁ-ヺー一-鿿]", each)
)
_UNIT: Final = re.compile(
    rf"(?:[ \u00a0-]?(?P<raised>(?i:square|cubic) )?(?:(?P<word>(?i:{_WORDS}))\b"
    rf"|(?P<symbol>{_SYMBOLS})(?P<power>[23])?(?![A-Za-z0-9]))|[ ]?(?P<sign>{_SIGNS})"
    rf"|[ ]?(?P<area>平方|立方)?(?P<japanese>{_JAPANESE}))"
)
_POWERS: Final = {"square": 2, "cubic": 3, "平方": 2, "立方": 3, "2": 2, "3": 3}


def unit_at(text: str, place: int) -> tuple[Unit, int, int] | None:
    """Read the unit that begins at a place, behind a number: the unit, its start, and its end.

    Args:
        text: in NFKC, so that m² is m2.
        place: where the number ends; a space or a hyphen may stand there.
    """
    match = _UNIT.match(text, place)
    if match is None:
        return None
    name = match["word"] or match["symbol"] or match["sign"] or match["japanese"]
    unit = _SPELLINGS.get(name) or _SPELLINGS[name.lower()]
    power = (match["raised"] or "").strip().lower() or match["power"] or match["area"]
    start = match.start() + (text[place] in " \u00a0-")
    return (unit.raised(_POWERS[power]) if power else unit), start, match.end()


def period(word: str) -> Unit | None:
    """Answer what time a word is of that stands alone: weeks, 時間; None for another word."""
    unit = _SPELLINGS.get(word) if len(word) > 1 else None
    return (
        unit if unit and unit.measure in {"second", "month"} and not _SHORT.search(word) else None
    )


_SHORT: Final = re.compile("^(?!day)[a-zμ]{1,3}$|^second|^minute$")
"""Symbols, and what may be no time: second to none, minute."""

TEN_YEARS: Final = _SPELLINGS["年代"]
"""What 1990s and 1990年代 are of."""


def unit_of(sign: str) -> Unit:
    """Answer the unit of a sign that stands before its number."""
    return _SPELLINGS[sign.upper()]
