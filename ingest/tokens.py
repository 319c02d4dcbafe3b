"""How long a passage is for a model, told without loading a tokenizer."""

from __future__ import annotations

from typing import Final

UNITS_PER_TOKEN: Final = 100
"""Sizes are counted in hundredths of a token: whole numbers that add up exactly."""

_LOWER: Final = b"abcdefghijklmnopqrstuvwxyz"
_UPPER: Final = _LOWER.upper()
_DIGITS: Final = b"0123456789"
_SILENT: Final = bytes(range(33)) + b"\x7f"

_PER_LETTER, _PER_CAPITAL, _PER_DIGIT, _PER_MARK, _PER_SILENT, _PER_OTHER = 20, 45, 65, 118, 2, 100


def estimate_units(text: str) -> int:
    """Estimate the length in hundredths of a wordpiece token.

    Each character has a fixed weight by its kind, so the estimate of a text is the sum of the
    estimates of its parts wherever it is cut. A lower-case letter weighs a fifth of a token (a
    word of five letters is about one token); capitals and digits weigh more because names, codes
    and numbers fall into short pieces; a punctuation mark is a token of its own, and so is a
    character outside ASCII (kana, kanji, hangul, emoji). White space weighs next to nothing, but
    not nothing: a passage of blanks must have an end too.

    The weights were fitted to the MiniLM tokenizer on prose, documentation and source code.
    """
    ascii_only = text.encode("ascii", "ignore")
    rest = ascii_only.translate(None, _LOWER)
    loud = rest.translate(None, _SILENT)
    small = loud.translate(None, _UPPER)
    marks = small.translate(None, _DIGITS)
    return (
        _PER_LETTER * (len(ascii_only) - len(rest))
        + _PER_SILENT * (len(rest) - len(loud))
        + _PER_CAPITAL * (len(loud) - len(small))
        + _PER_DIGIT * (len(small) - len(marks))
        + _PER_MARK * len(marks)
        + _PER_OTHER * (len(text) - len(ascii_only))
    )


def estimate_tokens(text: str) -> int:
    """Estimate the length in wordpiece tokens, rounded up; 0 for an empty text alone."""
    return -(-estimate_units(text) // UNITS_PER_TOKEN)
