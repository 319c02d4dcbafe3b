"""What a sentence leaves out, so that the rest says something else: who did what a second one did.

"Ada keeps the keys of Cork and Tom those of Ulm" does not say that Ada keeps the keys of Ulm.
"""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.answers.exchanging import Followed
from retrieval.answers.parts import Kind, Thing
from retrieval.answers.voices import Pair, passives


def spliced(followed: Followed) -> Pair | None:
    """Answer something that stands in the place of another thing, which was left out, and that."""
    theirs = followed.theirs.things
    met = set(followed.met.values())
    left_out = [
        (number, each) for number, each in enumerate(theirs) if number not in met and not each.aside
    ]
    if not left_out:
        return None
    for number, there in followed.met.items():
        thing = followed.ours.things[number]
        if thing.kind is Kind.OTHER:
            continue
        alike = [
            (at, each)
            for at, each in left_out
            if each.kind is thing.kind and each.part == thing.part and each.key != thing.key
        ]
        for at, each in alike:
            if theirs[there].part != thing.part:
                before = _before(followed.ours.things, number)
                if before and before == _before(theirs, at) and _voices_agree(followed):
                    return thing, each
            elif at < there and _paired(followed, number, at, left_out):
                return thing, each
    return None


def _voices_agree(followed: Followed) -> bool:
    return passives(followed.ours) == passives(followed.theirs)


def _before(things: Sequence[Thing], number: int) -> str:
    return things[number - 1].key if number else ""


def _paired(
    followed: Followed, number: int, skipped: int, left_out: Sequence[tuple[int, Thing]]
) -> bool:
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
