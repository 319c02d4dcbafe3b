"""What has changed its part between two sentences of nearly the same words: who told whom.

Numbers, names and other words are followed from the one sentence to the other. What only moved took
along what says its part (in Paris; アリスに), and the members of a list may stand in any order. Two
things that stand on the other sides of what stands between them have exchanged their parts, unless
one sentence is the passive of the other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from retrieval.answers.aligning import Aligned
from retrieval.answers.parts import AND, COPULA, Kind, Sentence, Thing
from retrieval.answers.quantities import Quantity
from retrieval.answers.voices import Pair, voice

_SHORTEST: Final = 2
"""Words of a member of a list that is more than a name."""

_EACH_ITS_OWN: Final = re.compile("respectively|それぞれ|各々", re.IGNORECASE)
_LISTING: Final = AND | {"a", "an", "the", "も"}


class Followed:
    """The things of a sentence, and where each stands in the one that it is compared with.

    Attributes:
        ours: the sentence.
        theirs: what it is compared with.
        met: our things' numbers, with the numbers of theirs.
        share: of our things, which share stands over there.
        listing: whether both may name the members of a list in any order.
    """

    def __init__(self, aligned: Aligned, named: Collection[str]) -> None:
        """Follow every thing: first the aligned ones, then what only moved.

        Args:
            aligned: the sentences.
            named: the words, as they are compared, that are a part of a name.
        """
        self.ours, self.theirs = (
            Sentence(text, words, named)
            for text, words in zip(aligned.texts, aligned.words, strict=True)
        )
        ours, theirs = self.ours.by_place, self.theirs.by_place
        self.met = {
            ours[one]: theirs[other]
            for one, other in aligned.pairs()
            if one in ours and other in theirs
        }
        left: dict[str, list[int]] = defaultdict(list)
        taken = set(self.met.values())
        for number, thing in enumerate(self.theirs.things):
            if number not in taken:
                left[thing.key].append(number)
        for number, thing in enumerate(self.ours.things):
            if number not in self.met and left[thing.key]:
                self.met[number] = left[thing.key].pop(0)
        self._quantities = aligned.quantities
        self.share = len(self.met) / max(1, len(self.ours.things))
        self.listing = not any(_EACH_ITS_OWN.search(text) for text in aligned.texts)

    def quantity(self, thing: Thing, side: int) -> Quantity | None:
        """Answer the quantity that a thing is, on our side (0) or theirs (1)."""
        start = thing.word.start
        found = (each for each in self._quantities[side] if each.start <= start < each.end)
        return next(found, None)

    def blocks(self) -> dict[int, tuple[int, int]]:
        """Cut our things into runs that stand on end in both; answer the run of each."""
        order = sorted(self.met)
        rank = {theirs: number for number, theirs in enumerate(sorted(self.met.values()))}
        ranks = [rank[self.met[each]] for each in order]
        found: dict[int, tuple[int, int]] = {}
        start = 0
        for end in range(1, len(order) + 1):
            if end == len(order) or ranks[end] != ranks[end - 1] + 1:
                found |= dict.fromkeys(order[start:end], (order[start], order[end - 1]))
                start = end
        return found


def exchanged(followed: Followed) -> Pair | None:
    """Answer two things that have changed their parts, as they stand over there."""
    blocks = followed.blocks()
    pairs = combinations(sorted(followed.met, key=followed.met.__getitem__), 2)
    found = [_Exchange(followed, *pair) for pair in pairs]
    for exchange in found:
        if exchange.happened(blocks):
            return exchange.theirs
    if not followed.listing:  # one of two lists whose members belong together
        turned = [exchange for exchange in found if exchange.turned_in_a_list()]
        if len({exchange.theirs[0].kind for exchange in turned}) == 1:
            return turned[0].theirs
    return None


class _Exchange:
    """Two of our things, in the order in which they stand over there."""

    def __init__(self, followed: Followed, first: int, second: int) -> None:
        self._followed = followed
        self._numbers = first, second
        ours, theirs = followed.ours.things, followed.theirs.things
        self._ours = ours[first], ours[second]
        self.theirs = theirs[followed.met[first]], theirs[followed.met[second]]
        self._turned = first > second

    def happened(self, blocks: Mapping[int, tuple[int, int]]) -> bool:
        """Tell whether the two have changed their parts."""
        one, other = self._ours
        if one.kind is not other.kind or one.key == other.key:
            return False
        followed = self._followed
        was, now = ([each.part for each in pair] for pair in (self.theirs, self._ours))
        if not self._turned and was == now:
            return False
        same = None
        if one.kind is not Kind.NUMBER:
            same = voice(followed.ours, self._ours, followed.theirs, self.theirs)
        if same is not None:
            return not same
        if not self._traded(blocks):
            return False
        return not (followed.listing and (self._listed() or self._members()))

    def _traded(self, blocks: Mapping[int, tuple[int, int]]) -> bool:
        """Tell whether each has the other's part, or stands where the other one stood."""
        kind = self._ours[0].kind
        was, now = [each.part for each in self.theirs], [each.part for each in self._ours]
        crossed = was == now[::-1] and was != now
        took_along = was == now and was[0] != was[1]
        apart = self._turned and not took_along and self._apart(blocks)
        if kind is Kind.OTHER:
            return apart and (was == now or crossed)
        is_the_other = kind is Kind.NAME and COPULA in (*was, *now)
        return (apart or crossed) and not is_the_other

    def turned_in_a_list(self) -> bool:
        """Tell whether they are members of one list that stand in another order."""
        return self._turned and self._ours[0].kind is self._ours[1].kind and self._listed()

    def _apart(self, blocks: Mapping[int, tuple[int, int]]) -> bool:
        """Tell whether something stands between them in both; single words, between the same."""
        first, second = (blocks[number] for number in self._numbers)
        followed = self._followed
        ours = followed.ours.things[second[1] + 1 : first[0]]
        theirs = followed.theirs.things[followed.met[first[1]] + 1 : followed.met[second[0]]]
        if self._ours[0].kind is not Kind.OTHER:
            return bool(ours and theirs)
        single = first[0] == first[1] and second[0] == second[1]
        return single and bool(ours) and [e.key for e in ours] == [e.key for e in theirs]

    def _listed(self) -> bool:
        """Tell whether they are members of one list in both sentences: Ada and Bob."""
        followed = self._followed
        return _joined(followed.ours, self._ours) and _joined(followed.theirs, self.theirs)

    def _members(self) -> bool:
        """Tell whether they moved with the members of a list: the red car and the red house.

        What stands before the list or behind it belongs to the first and to the last one there.
        """
        first, second = self._numbers
        met = self._followed.met
        was = [_member(self._followed.theirs, met[number]) for number in (first, second)]
        now = [_member(self._followed.ours, number) for number in (first, second)]
        if not (was[1].added and now[0].added):
            return False
        return any(
            around == around_other
            for around in _moved(was[0], now[0])
            for around_other in _moved(now[1], was[1])
        )


def _lists(sentence: Sentence, thing: Thing) -> bool:
    """Tell whether a thing begins a member of a list, or goes on with its name."""
    return thing.parted or sentence.goes_on(thing.at) or not sentence.gap(thing.at)


@dataclass(frozen=True, slots=True)
class _Member:
    """A thing, `keys[at]`, among those that no "and" or comma parts from it.

    `added` tells whether "and" stands before them.
    """

    keys: Sequence[str]
    at: int
    added: bool


def _member(sentence: Sentence, number: int) -> _Member:
    things = sentence.things
    low, high = number, number + 1
    while low and not things[low].parted:
        low -= 1
    while high < len(things) and not things[high].parted:
        high += 1
    before = things[low - 1].at + 1 if low else 0
    added = any(word.key in AND for word in sentence.words[before : things[low].at])
    return _Member([each.key for each in things[low:high]], number - low, added)


def _moved(head: _Member, tail: _Member) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Yield what stands before a member at the head of a list, and behind it at the tail."""
    least = max(len(head.keys) - head.at, tail.at + 1, _SHORTEST)
    for length in range(least, min(len(head.keys), len(tail.keys)) + 1):
        if head.keys[-length:] == tail.keys[:length]:
            yield head.keys[:-length], tail.keys[length:]


def _joined(sentence: Sentence, pair: Pair) -> bool:
    """Tell whether nothing but things of their kind, and "and" or commas, stand between two."""
    first, second = sorted(pair, key=lambda thing: thing.at)
    between = [each for each in sentence.things if first.at < each.at <= second.at]
    things = {each.at for each in between}
    return (
        all(each.kind is first.kind and _lists(sentence, each) for each in between)
        and any(each.parted for each in between)
        and all(
            at in things
            or (word := sentence.words[at]).text in _LISTING
            or word.key.startswith("§")
            or (word.text.isascii() and word.text == first.part == second.part)
            for at in range(first.at + 1, second.at)
        )
    )
