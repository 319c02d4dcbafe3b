"""What a sentence leaves out, so that the rest says something else: who did what a second one did.

"Ada keeps the keys of Cork and Tom those of Ulm" does not say that Ada keeps the keys of Ulm.
"""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.answers.exchanging import Followed
from retrieval.answers.parts import Kind, Thing
from retrieval.answers.voices import Pair, passives

_Left = Sequence[tuple[int, Thing]]
"""Things that only one of both sentences has, with their numbers."""


def spliced(followed: Followed) -> Pair | None:
    """Answer something that stands in the place of another thing, which was left out, and that."""
    met = set(followed.met.values())
    left_out = [
        (number, each)
        for number, each in enumerate(followed.theirs.things)
        if number not in met and not each.aside
    ]
    for number in range(len(followed.ours.things) if left_out else 0):
        thing = followed.ours.things[number]
        if thing.kind is Kind.OTHER:
            continue
        for at, each in left_out:
            alike = each.kind is thing.kind and each.part == thing.part and each.key != thing.key
            if alike and _stands_for(followed, number, at, left_out):
                return thing, each
    return None


def _stands_for(followed: Followed, number: int, at: int, left_out: _Left) -> bool:
    """Tell whether one of our things has the part of one that was left out."""
    ours, theirs = followed.ours.things, followed.theirs.things
    if number not in followed.met:
        own, other = followed.quantity(ours[number], 0), followed.quantity(theirs[at], 1)
        return bool(ours[number].part and own and other and not own.same(other))
    there = followed.met[number]
    if theirs[there].part != ours[number].part:
        before = _before(ours, number)
        return bool(before) and before == _before(theirs, at) and _voices_agree(followed)
    return at < there and _paired(followed, number, at, left_out)


def _voices_agree(followed: Followed) -> bool:
    return passives(followed.ours) == passives(followed.theirs)


def _before(things: Sequence[Thing], number: int) -> str:
    return things[number - 1].key if number else ""


def _paired(followed: Followed, number: int, skipped: int, left_out: _Left) -> bool:
    """Tell whether another subject, left out, stands between what was skipped and a thing.

    Ada … of Cork (skipped) and Tom (left out) … of Ulm (the thing): of Ada, what is said up to the
    thing is said there of what was skipped.
    """
    ours, theirs = followed.ours.things, followed.theirs.things
    thing, there = ours[number], followed.met[number]
    for first, first_there in followed.met.items():
        subject, subject_there = ours[first], theirs[first_there]
        if first >= number or first_there >= skipped or subject.kind is not Kind.NAME:
            continue
        if subject.part != subject_there.part or (subject.part, subject.kind) == (
            thing.part,
            thing.kind,
        ):
            continue
        another = any(
            skipped < at < there and each.kind is Kind.NAME and each.part == subject.part
            for at, each in left_out
        )
        told = {each.key for each in ours[first + 1 : number]}
        said = {each.key for each in theirs[first_there + 1 : skipped]}
        if another and (told & said or not (told or said)):
            return True
    return False
