"""Which kind of thing a question asks for, and whether a text has one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from foundation.patterns import deferred


class Seeks(StrEnum):
    """The kind of thing that would answer."""

    PERSON = "person"
    TIME = "time"
    NUMBER = "number"
    PLACE = "place"
    REASON = "reason"
    OTHER = "other"


_EXTENT: Final = "many|much|old|tall|long|far|large|big|high|deep|fast"
_PERSONS: Final = (
    "person|actor|actress|author|director|singer|president|king|queen|player|writer|scientist|"
    "mother|father|husband|wife|spouse|son|daughter|child|sibling|performer|founder"
)
_PLACES: Final = (
    "city|country|state|town|county|village|province|region|continent|district|place|river|"
    "location|island|municipality|neighborhood|hometown|birthplace"
)
_TIMES: Final = "year|date|month|day|century|decade|season|time"
_COUNTERS: Final = (
    "人|個|本|枚|回|度|歳|才|円|倍|割|つ|種類|か国|カ国|メートル|キロ|パーセント|[%％]"
)
_ASKS: Final[Mapping[Seeks, str]] = {
    Seeks.NUMBER: rf"how (?:{_EXTENT})|what (?:is the )?(?:number|percentage|population|amount)"
    rf"|population of|何(?:{_COUNTERS})|いくつ|いくら|どれ(?:くらい|ぐらい|ほど)|人口は|割合は",
    Seeks.TIME: rf"when\b|(?:what|which) (?:{_TIMES})\b|いつ|何(?:年|月|日|時|世紀|曜日)"
    "|どの(?:時代|時期)",
    Seeks.PLACE: rf"where\b|(?:what|which) (?:\w+ )?(?:{_PLACES})\b|どこ"
    "|何(?:県|市|国|町|村|州|区|島|川|山|駅|線)|どの(?:国|県|市|地域|都市|場所)",
    Seeks.PERSON: rf"who\b|whom\b|whose\b|(?:what|which) (?:\w+ )?(?:{_PERSONS})\b"
    "|誰|だれ|どなた|何者|(?:人物|作者|監督|著者)は",
    Seeks.REASON: r"why\b|what (?:causes?|caused|is the reason)|なぜ|何故|どうして|理由|原因は",
}
_SEEKING: Final = {kind: deferred(words, re.IGNORECASE) for kind, words in _ASKS.items()}

_MONTHS: Final = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
_NUMBER_WORDS: Final = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|"
    "hundred|thousand|million|billion|half|third|twice|dozen|percent"
)
_KANJI_NUMBER: Final = "[一二三四五六七八九十百千万億兆]+"
_OFFERING: Final[Mapping[Seeks, re.Pattern[str]]] = {
    Seeks.TIME: deferred(
        rf"\b(?:1\d|20)\d\d\b|\b(?:{_MONTHS})\b|\d\d?(?:st|nd|rd|th) century"
        rf"|(?:\d+|{_KANJI_NUMBER})(?:年|月|日|世紀|時)|時代|時期"
    ),
    Seeks.NUMBER: deferred(rf"\d+|\b(?:{_NUMBER_WORDS})\b|{_KANJI_NUMBER}[^\W\d_]"),
    Seeks.PLACE: deferred(
        r"\b(?:in|at|near|from|of|to|on) (?:the )?[A-Z]\w+"
        "|[^\\W\\d_](?:県|市|町|村|国|島|区|駅|州|省|都|道|府|地方|半島|大陸|川|山|湾|海|寺|城)"
    ),
    Seeks.PERSON: deferred(
        r"\b[A-Z][\w'’-]+ (?:[A-Z]\.? |de |van |von |bin |al-)*[A-Z]\w*"
        "|[ァ-ヺー]{2,}・[ァ-ヺー]+|[一-鿿]{2,}(?:が|は|氏|らが|によ|の)"
    ),
    Seeks.REASON: deferred(
        r"\b(?:because|due to|since|owing to|so that|caused|causes|reason|therefore|result)\b"
        "|ため|から|ので|によ|原因|理由|ゆえ",
        re.IGNORECASE,
    ),
}

_WHAT: Final = (
    "何(?:人|個|本|枚|回|度|歳|円|倍|年|月|日|世紀|と|か|を|で|に|が)?|誰|だれ|どこ|いつ|いくつ|いくら"
    "|どれ(?:くらい|ぐらい|ほど)?|どの(?:よう)?|どんな|なぜ|どうして|どう"
    "|ですか|でしょうか|ますか|か(?=[。?]?$)"
)
INTERROGATIVE: Final = deferred(
    rf"\bhow (?:{_EXTENT})\b|\b(?:what|which) (?:kind|type) of\b|{_WHAT}", re.IGNORECASE
)
"""What asks, and stands in no answer."""


def sought(question: str) -> Seeks:
    """Tell what kind of thing would answer; the earliest word that tells decides."""
    found = [
        (match.start(), place, kind)
        for place, (kind, pattern) in enumerate(_SEEKING.items())
        if (match := pattern.search(question))
    ]
    return min(found)[2] if found else Seeks.OTHER


def offers(text: str, kind: Seeks, question: str) -> bool:
    """Tell whether a text has a thing of that kind which the question does not have itself."""
    pattern = _OFFERING.get(kind)
    return pattern is not None and any(match[0] not in question for match in pattern.finditer(text))
