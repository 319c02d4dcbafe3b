"""Tells a passive from its active: "Bob was told by Ada" says that Ada told Bob."""

from __future__ import annotations

import re
from typing import Final

from retrieval.answers.parts import AGENT, OBJECT, SUBJECT, Sentence, Thing

_BE: Final = frozenset(("is", "are", "was", "were", "be", "been", "being", "gets", "got"))
_SUFFERED: Final = re.compile("[あかがさざただなばまらわ]れ(?:る|た|て|ま|な|、|。)")
_STEM: Final = 4
_BY: Final = "by"

Pair = tuple[Thing, Thing]


def passives(sentence: Sentence) -> int:
    """Count what looks like a Japanese passive."""
    return len(_SUFFERED.findall(sentence.text))


def voice(ours: Sentence, pair: Pair, theirs: Sentence, other: Pair) -> bool | None:
    """Compare who does what to whom where one sentence alone is a passive.

    Args:
        ours: a sentence.
        pair: two of its things.
        theirs: the one that it is compared with.
        other: the same two over there, in the same order.

    Returns:
        Whether both say the same; None where the voice does not tell.
    """
    agent, agent_there = _agent(ours, pair), _agent(theirs, other)
    if agent is not None and agent_there is None:
        return _active(theirs, other, agent, _between(ours, pair))
    if agent is None and agent_there is not None:
        return _active(ours, pair, agent_there, _between(theirs, other))
    if passives(ours) % 2 != passives(theirs) % 2:
        return _japanese(pair, other)
    return None


def _agent(sentence: Sentence, pair: Pair) -> int | None:
    """Answer which of two things does it, by the words of a passive: 0 or 1."""
    by = [number for number, thing in enumerate(pair) if _does(sentence, thing)]
    low, high = sorted(thing.at for thing in pair)
    passive = any(word.text in _BE for word in sentence.words[low:high])
    return by[0] if len(by) == 1 and passive else None


def _does(sentence: Sentence, thing: Thing) -> bool:
    """Tell whether "by" stands before a thing, or before the list that it is in."""
    number = sentence.by_place[thing.at]
    while sentence.things[number].part != _BY:
        this = sentence.things[number]
        before = sentence.things[number - 1] if number else None
        if (
            before is None
            or before.kind is not this.kind
            or not (this.parted or sentence.goes_on(this.at))
        ):
            return False
        number -= 1
    return True


def _between(sentence: Sentence, pair: Pair) -> list[Thing]:
    low, high = sorted(thing.at for thing in pair)
    return [thing for thing in sentence.things if low < thing.at < high]


def _active(sentence: Sentence, pair: Pair, agent: int, told: list[Thing]) -> bool | None:
    """Tell whether the agent of the passive is what an active sentence begins with."""
    if any(thing.part for thing in pair):
        return None
    if pair[agent].at < pair[1 - agent].at:
        return True
    between = _between(sentence, pair)
    stems = {thing.key[:_STEM] for thing in told}
    verb = len(between) == 1 or any(thing.key[:_STEM] in stems for thing in between)
    return False if verb else None


def _japanese(pair: Pair, other: Pair) -> bool | None:
    parts = [(thing.part, there.part) for thing, there in zip(pair, other, strict=True)]
    if any(each == (SUBJECT, SUBJECT) for each in parts):
        return False if any({AGENT, OBJECT} == set(each) for each in parts) else None
    return True if any(SUBJECT in each for each in parts) else None
