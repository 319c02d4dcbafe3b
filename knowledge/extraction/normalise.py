"""How names are written, and what two spellings of the same name share."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from knowledge.extraction import identifiers
from knowledge.extraction.model import LONGEST_NAME, NameKind

_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f"
    "\ufeff\ufff9-\uffff\ud800-\udfff\ue000-\uf8ff]+"
)
_QUOTES: Final = "\"'`´‘’‚“”„«»‹›「」『』〈〉《》*"
_OPENERS: Final = _QUOTES + ",;:!?。、・…｡ "
_CLOSERS: Final = _OPENERS + "."
_DOTTED: Final = re.compile(r"(?:^|[\s.])\w\.\Z|\b(?:[JS]r|Inc|Co|Corp|Ltd|Bros|St|etc)\.\Z")
_BRACKETS: Final = (("(", ")"), ("[", "]"), ("{", "}"), ("【", "】"))

_MARKS: Final = re.compile("[\u0300-\u036f]+")
_LETTERS: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe"})
_ARTICLE: Final = re.compile(r"\A[^\w.]*(?:the|an?)\s+(?=(?:[\W_]*\w){4})")
_POSSESSIVE: Final = re.compile(r"(?<=\w)['’]s?[\W_]*\Z")
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_JUNK: Final = re.compile(r"(?!(?<=\d)[\W_]+\d)(?!(?<=[^\W_])[+#])(?!(?<=[^\W_][+#])[+#])[\W_]")
_LONG_VOWEL: Final = re.compile(r"(?<=[ァ-ヺー]{3})ー+(?![ァ-ヺー])")

_PLURAL: Final = re.compile(r"[a-z]{3}(?<![siu])s\Z")
_ES: Final = re.compile(r"(?:sh|[^aeiou]ch|[eo][ae]ch|ss|x|zz|[^aeiou]us)es\Z")
_IES: Final = re.compile(r"[cdfglnprst]ies\Z")
_NO_PLURALS: Final = (
    *("adams", "andrews", "daniels", "edwards", "jacobs", "peters", "phillips", "richards"),
    *("roberts", "rogers", "stephens", "stevens", "walters", "williams", "samuels", "https"),
    *("macos", "windows", "pandas", "series", "species", "news"),
)
"""Endings that only look like plurals of another name."""


def clean_surface(text: str) -> str:
    """Write a name as names are stored; "" if it is none.

    NFKC, white space collapsed, no invisible characters, without the quotes and the punctuation
    around it or a bracket that lost its partner, and no longer than `LONGEST_NAME`.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if not text.isprintable():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))  # what it stood between
    text = " ".join(text.split())
    if not (text[:1].isalnum() and text[-1:].isalnum()):
        text = _trim(text)
    if len(text) > LONGEST_NAME:
        text = _trim(text[:LONGEST_NAME])
    return text if any(map(str.isalnum, text)) else ""


def _trim(text: str) -> str:
    """Strip quotes, punctuation and lone brackets until nothing changes."""
    while True:
        before = text
        text = text.lstrip(_OPENERS)
        shorter = text.rstrip(_CLOSERS)
        dotted = text[: len(shorter) + 1]
        text = dotted if dotted != shorter and _DOTTED.search(dotted) else shorter
        for opening, closing in _BRACKETS:
            if text.startswith(opening) and closing not in text[1:-1]:
                text = text[1:].removesuffix(closing)
            elif text.endswith(closing) and opening not in text:
                text = text[:-1]
            elif text.endswith(opening) or text.startswith(closing):
                text = text.strip(opening + closing)
        if text == before:
            return text


def skeleton(surface: str) -> str:
    """Answer what two spellings of the same name share; never "" unless the surface is.

    Case, diacritics, width, punctuation, spaces, a leading article, an English plural and a final
    long-vowel mark in katakana do not count. What stands between digits does ("Python 3.11" is
    not "Python 311"), and so do + and # behind a letter ("C++"). Addresses are kept as they are.
    """
    text = surface.casefold() if surface.isascii() else _fold(surface)
    if "://" in text or "@" in text[1:]:
        return text.strip().rstrip("/") or text
    text = _ARTICLE.sub("", text, count=1)
    if not text.isalnum():
        text = _POSSESSIVE.sub("", text)
        text = _BETWEEN_DIGITS.sub(_separator, text)
        text = _JUNK.sub("", text)
    if text.endswith("s") and len(text) > 4:
        text = _singular(text)
    elif text.endswith("ー"):
        text = _LONG_VOWEL.sub("", text)
    return text or surface.casefold()


def _fold(surface: str) -> str:
    text = unicodedata.normalize("NFKC", surface).casefold()
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text)).translate(_LETTERS)
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).casefold())


def _separator(run: re.Match[str]) -> str:
    return "".join(run[0].split()) or " "


def _singular(text: str) -> str:
    """Drop the plural ending of the last word, where English has one."""
    if not _PLURAL.search(text) or text.endswith(_NO_PLURALS):
        return text
    if _ES.search(text):
        return text[:-2]
    if _IES.search(text):
        return text[:-3] + "y"
    return text[:-1]


def kind_of(surface: str) -> NameKind:
    """Tell what a name looks like, by its letters alone."""
    if found := identifiers.VALUE.fullmatch(surface):
        return NameKind(found.lastgroup or "quantity")
    if found := identifiers.CODE.fullmatch(surface):
        return NameKind(found.lastgroup or "code")
    if identifiers.NUMBER_OF_VERSION.fullmatch(surface):
        return NameKind.VERSION
    if identifiers.ACRONYM.fullmatch(surface):
        return NameKind.ACRONYM
    return NameKind.NAME if any(map(str.isupper, surface)) else NameKind.TERM
