"""Near duplicates by the measure: copies of a text with a stated share of its words edited."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

_SENTENCE = re.compile(r"[^.!?。]*[.!?。]*\s*")
_WORD = re.compile(r"\S+\s*")
_CHARACTER = re.compile(r"\w|\W+")


def edited(
    text: str,
    degree: float,
    words: Sequence[str],
    rng: random.Random,
    *,
    by_character: bool = False,
) -> str:
    """Edit a share of a text's words, or of its characters where words are not spaced.

    The edits are of four kinds, in equal parts: words replaced by words of the corpus, words of
    the corpus inserted, words deleted, and sentences moved elsewhere until their words make up
    the fourth part.

    Args:
        degree: the share, 0 to 1; at least one word is edited.
        words: what to draw replacements from, as often as they occur.
    """
    unit, gap = (_CHARACTER, "") if by_character else (_WORD, " ")
    count = max(1, round(degree * len(unit.findall(text))))
    parts = [count // 4 + (kind < count % 4) for kind in range(4)]
    rng.shuffle(parts)
    pieces = unit.findall(_moved(text, parts[3], unit, rng))
    places = rng.sample(range(len(pieces)), min(sum(parts[:3]), len(pieces)))
    for number, place in enumerate(places):
        if number < parts[0]:
            pieces[place] = rng.choice(words) + gap
        elif number < parts[0] + parts[1]:
            pieces[place] += rng.choice(words) + gap
        else:
            pieces[place] = ""
    return "".join(pieces)


def _moved(text: str, count: int, unit: re.Pattern[str], rng: random.Random) -> str:
    """Move sentences, drawn at random, until at least `count` words have moved."""
    sentences = [sentence for sentence in _SENTENCE.findall(text) if sentence]
    moved = 0
    while moved < count and len(sentences) > 1:
        sentence = sentences.pop(rng.randrange(len(sentences)))
        sentences.insert(rng.randrange(len(sentences) + 1), sentence)
        moved += max(1, len(unit.findall(sentence)))
    return "".join(sentences)
