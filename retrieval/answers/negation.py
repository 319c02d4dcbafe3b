"""How often a text negates, in English and Japanese: two negations are none."""

from __future__ import annotations

import re
from typing import Final

_NONE: Final = re.compile(
    r"\bnot only\b|\b(?:no|not) (?:more|less|fewer|later|earlier) than\b|\bno\. ?\d"
    r"|(?:だけ|ばかり)で(?:は)?なく|のみならず|かもしれ(?:ない|ません|なかっ)"
    r"|に(?:ほか|他)なら(?:ない|ず|ません)|に(?:違い|ちがい)(?:ない|ありません)"
    r"|に(?:すぎ|過ぎ)(?:ない|ず|ません)|(?:まも|間も|つま|もった)な[いく]|すくな[いく]",
    re.IGNORECASE,
)
"""What looks like a negation and is none."""

_DENIAL: Final = re.compile(
    r"\b(?:not|no|never|none|neither|without|nobody|nothing|nowhere|cannot)\b|n['’]t\b"
    r"|(?<![少危切汚])な(?:い|かっ|く|けれ)|ませ[んぬ]|ざる|(?<!た)しか(?![しもる])"
    r"|(?<=[かがさたなばまらわせれえけ])(?:ず(?=[、。にと]|$)|ぬ(?=[、。]|$))",
    re.IGNORECASE,
)
"""一つしかない has two: there is but one. "nor" only goes on with what another word began."""


def denials(text: str) -> int:
    """Count the negations of a text."""
    return len(_DENIAL.findall(_NONE.sub(" ", text)))
