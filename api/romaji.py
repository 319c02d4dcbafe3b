"""Japanese in Latin letters, for pictures on machines that have no Japanese font."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from knowledge.language import CJK_RUN

_ROWS: Final = {
    "": "アイウエオ",
    "k": "カキクケコ",
    "s": "サシスセソ",
    "t": "タチツテト",
    "n": "ナニヌネノ",
    "h": "ハヒフヘホ",
    "m": "マミムメモ",
    "y": "ヤ.ユ.ヨ",
    "r": "ラリルレロ",
    "w": "ワヰ.ヱヲ",
    "g": "ガギグゲゴ",
    "z": "ザジズゼゾ",
    "d": "ダヂヅデド",
    "b": "バビブベボ",
    "p": "パピプペポ",
}
_IRREGULAR: Final = {
    "シ": "shi",
    "チ": "chi",
    "ツ": "tsu",
    "フ": "fu",
    "ジ": "ji",
    "ヂ": "ji",
    "ヅ": "zu",
    "ヲ": "o",
    "ヴ": "vu",
    "ヷ": "va",
    "ヸ": "vi",
    "ヹ": "ve",
    "ヺ": "vo",
    "ヵ": "ka",
    "ヶ": "ke",
    "ン": "n",
    "・": " ",
}
_KANA: Final = {
    kana: consonant + vowel
    for consonant, row in _ROWS.items()
    for kana, vowel in zip(row, "aiueo", strict=True)
} | _IRREGULAR
_SMALL: Final = dict(
    zip("ァィゥェォャュョヮ", ("a", "i", "u", "e", "o", "ya", "yu", "yo", "wa"), strict=True)
)
_VOWELS: Final = "aiueo"
_BLANKS: Final = re.compile(r"\s+")


def romanise(text: str) -> str:
    """Write Japanese words by their readings, in Hepburn's romanisation; the rest stays.

    A word whose reading the dictionary does not know stays as it is.
    """
    if not CJK_RUN.search(text):
        return text
    from sudachipy import Dictionary  # type: ignore[import-untyped]  # has no types

    words = Dictionary(dict="core").create().tokenize(text)
    return _BLANKS.sub(" ", "".join(_word(w.surface(), w.reading_form()) for w in words)).strip()


def _word(surface: str, reading: str) -> str:
    if not CJK_RUN.search(surface):
        return unicodedata.normalize("NFKC", surface)
    return f" {hepburn(reading)} "


def hepburn(katakana: str) -> str:
    """Write katakana in Latin letters: シュウマツ becomes "shuumatsu"; other signs stay."""
    written = ""
    doubled = False
    for kana in katakana:
        if kana == "ッ":
            doubled = True
            continue
        if kana == "ー":
            written += written[-1:] if written[-1:] in _VOWELS else ""
            continue
        if kana in _SMALL:
            written = _joined(written, _SMALL[kana])
            continue
        sound = _KANA.get(kana, kana)
        if doubled and sound[0].isalpha() and sound[0] not in _VOWELS:
            written += "t" if sound.startswith("ch") else sound[0]
        doubled = False
        written += sound
    return written


def _joined(before: str, small: str) -> str:
    """Put a small sign to the syllable before it: "ki" and "ya" are "kya", "u" and "e" are "we"."""
    stem = before[:-1] if before[-1:] in _VOWELS else before
    if before[-1:] == "u" and stem[-1:] in {*_VOWELS, ""}:
        return f"{stem}w{small}"
    palatal = stem.endswith(("sh", "ch", "j"))
    return stem + (small.removeprefix("y") if palatal else small)
