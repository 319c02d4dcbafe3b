"""Tells which language a text is in, fast enough for every passage and query."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import chain
from typing import Final

from foundation.patterns import deferred

_KANA: Final = (
    "\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
    "\U0001aff0-\U0001afff\U0001b000-\U0001b16f"
)
_HAN: Final = (
    "\u3005-\u3007\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0002fa1f\U00030000-\U000323af"
)
_HANGUL: Final = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7a3\ud7b0-\ud7ff\uffa0-\uffdc"

CJK: Final = f"[{_KANA}{_HAN}{_HANGUL}]"
"""One of the characters of `CJK_RUN`, to be part of a pattern."""

CJK_RUN: Final = deferred(f"{CJK}+")
"""Matches a run of what Japanese, Chinese and Korean words are written with.

Hiragana and katakana (half-width and extensions too) with iteration and long-vowel marks; kanji
with 々, 〆, 〇 and all extensions; hangul syllables and jamo. Not the middle dot ・, nor any
punctuation: these stand between words. Full-width Latin letters are Latin.
"""

_KANA_RUN: Final = deferred(f"[{_KANA}]+")
_HANGUL_RUN: Final = deferred(f"[{_HANGUL}]+")
_JAPANESE_KANJI: Final = deferred(
    "[々〆込畑峠働匂辻枠栃桜駅気円図売読対発変戻沢悪広応経済歩検験関鉄戦覚単実帰県転軽続総絵歳様労"
    "営薬楽黒訳択渋拡価仮徳緑録両顔髪竜稲焼険権観歓児処収従乗浄縄譲]"
)
"""Kanji in a form that Chinese does not use: 気 where it writes 气 or 氣."""

_OTHER_SCRIPTS: Final[Mapping[str, re.Pattern[str]]] = {
    "ru": deferred("[\u0400-\u052f]+"),
    "el": deferred("[\u0370-\u03ff\u1f00-\u1fff]+"),
    "he": deferred("[\u0590-\u05ff]+"),
    "ar": deferred("[\u0600-\u06ff\u0750-\u077f]+"),
    "hi": deferred("[\u0900-\u097f]+"),
    "th": deferred("[\u0e00-\u0e7f]+"),
}

_UKRAINIAN: Final = deferred("[іїєґІЇЄҐ]")
_RUSSIAN: Final = deferred("[ыэёъЫЭЁЪ]")

_STOP_WORDS: Final[Mapping[str, str]] = {
    "en": "the of and to in is that for it as with was on are be this by at from or an not which "
    "have has can when you if will but they their its what how does do we these there where who "
    "why my your been were than into about should would only no so",
    "de": "der die das und ist nicht ein eine einen einem einer zu den dem des mit von für auf im "
    "sich auch es wird werden sind als wie oder bei nach wenn über ich sie wir aus dass kann hat "
    "was in an war noch nur durch zur zum",
    "fr": "le la les et des un une est dans que qui pour par sur pas avec ce cette sont du au aux "
    "ne se il elle nous vous plus ou être comme mais leur où en de son ses fait si je été",
    "es": "el la los las de que en un una es por con para se no del al lo como más su sus pero "
    "está son este esta si ya cuando muy también entre fue ha hay qué",
    "it": "il la le lo gli di che è un una per con non del della dei delle nel nella si sono come "
    "da più anche questo questa al alla ma se in dal ha",
    "pt": "os as de que em um uma é do da dos das no na nos nas para com não por se mais como mas "
    "são ao seu sua foi ou também à está isso pelo pela",
    "nl": "de het een en van is dat niet op te zijn voor met die in er aan ook als maar om door "
    "bij naar uit wordt deze worden kan dit wat of hebben heeft was",
}
"""Frequent words that carry no topic; ASCII words of one letter are left out (they are code)."""


def _invert(table: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    words = chain.from_iterable(line.split() for line in table.values())
    return {
        word: tuple(language for language, line in table.items() if word in line.split())
        for word in words
    }


_LANGUAGES_OF: Final = _invert(_STOP_WORDS)
_LATIN_WORD: Final = deferred("[a-z\u00df-\u024f]+")
_SAMPLE: Final = 1200
_SHORT: Final = 8
_ENGLISH_SHARE: Final = 0.05
_OTHER_SHARE: Final = 0.25
_PROSE_SHARE: Final = 0.15
"""The share of stop words in a text: English prose has 0.3 to 0.5, source code under 0.1."""


def is_cjk(char: str) -> bool:
    """Tell whether one character is kana, kanji or hangul."""
    return len(char) == 1 and CJK_RUN.match(char) is not None


def detect_language(text: str) -> str:
    """Answer the ISO 639-1 code of the text's main language; "" when unsure.

    Scripts decide where they can: kana means ja, hangul ko, kanji alone zh (unless one has a form
    that is Japanese only: 東京 is "zh", 駅 is "ja"), Cyrillic ru or uk, and so on. Latin text is
    en, de, fr, es, it, pt or nl by its stop words. So a query without any, such as
    "createApp()" or "vector index", is "": it may be in any language that writes such names.

    Long texts are judged by samples from their beginning, middle and end.
    """
    sample = _sample(text)
    words = _LATIN_WORD.findall(sample.lower())
    if not sample.isascii():
        cjk = "".join(CJK_RUN.findall(sample))
        if cjk and (len(cjk) >= len(words) or _is_commented_code(len(cjk), words)):
            return _cjk_language(cjk)
        for language, script in _OTHER_SCRIPTS.items():
            if len(script.findall(sample)) > len(words):
                ukrainian = language == "ru" and _is_ukrainian(sample)
                return "uk" if ukrainian else language
    return _latin_language(words)


def _is_commented_code(cjk: int, words: list[str]) -> bool:
    """Tell whether the Latin words around some CJK characters are names rather than prose."""
    if 8 * cjk < len(words):
        return False
    return sum(word in _LANGUAGES_OF for word in words) < _PROSE_SHARE * len(words)


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE:
        return text
    part = _SAMPLE // 3
    middle = len(text) // 2
    return f"{text[:part]} {text[middle : middle + part]} {text[-part:]}"


def _cjk_language(cjk: str) -> str:
    """Tell Japanese, Korean and Chinese apart; a stray の does not make Chinese Japanese."""
    hangul = sum(map(len, _HANGUL_RUN.findall(cjk)))
    if 2 * hangul >= len(cjk):
        return "ko"
    kana = sum(map(len, _KANA_RUN.findall(cjk)))
    return "ja" if 20 * kana >= len(cjk) or _JAPANESE_KANJI.search(cjk) else "zh"


def _is_ukrainian(text: str) -> bool:
    return len(_UKRAINIAN.findall(text)) > len(_RUSSIAN.findall(text))


def _latin_language(words: list[str]) -> str:
    """Judge by stop words: clearly more than any other language, and enough of them."""
    hits = Counter(
        chain.from_iterable(_LANGUAGES_OF[word] for word in words if word in _LANGUAGES_OF)
    )
    first, second = (*hits.most_common(2), ("", 0), ("", 0))[:2]
    if first[1] == second[1]:
        return ""
    if first[0] == "en":
        enough = max(2 if len(words) > _SHORT else 1, _ENGLISH_SHARE * len(words))
    else:
        enough = max(2, _OTHER_SHARE * len(words))
    return first[0] if first[1] >= enough else ""
