"""Whether an answer is as good as a new one: the knowledge that it depends on has not changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from knowledge.watermarks import Watermarks
from retrieval.cache.model import Request, Tag

Positions = Callable[[], Sequence[int]]
"""Answers how far each follower is that searches read, always in the same order."""


class Validity:
    """Tags answers with the state of knowledge before they were worked out, and judges the tags.

    An answer holds as long as no change after its tag touched the collections that were searched,
    what belongs to no collection (names, decisions), or purged anything. A follower that
    had not come as far as the last such change must not have moved since, or it would now find
    more. Of a change of the past only purges, and followers that lagged, count.
    """

    def __init__(self, watermarks: Watermarks, positions: Positions = tuple) -> None:
        self._watermarks = watermarks
        self._positions = positions

    def tag(self) -> Tag:
        """Describe the state of knowledge now: to be called before the retrieval begins."""
        newest = self._watermarks.marks().head
        return Tag(newest.seq, newest.at, tuple(self._positions()))

    def holds(self, tag: Tag, request: Request) -> bool:
        """Tell whether an answer with this tag to this request is as good as a new one."""
        marks = self._watermarks.marks()
        if tag.seq > marks.head.seq or self._watermarks.recorded(tag.seq) != tag.recorded:
            return False  # of another log, or of what a restored one has lost
        newest = marks.purged.seq if request.fixed else marks.of(request.collections).seq
        if newest > tag.seq:
            return False
        needed = tag.seq if request.fixed else newest
        if all(position >= needed for position in tag.positions):
            return True
        now = self._positions()
        return len(now) == len(tag.positions) and all(
            then >= needed or then == moved for then, moved in zip(tag.positions, now, strict=True)
        )

    def changed_within(self, seconds: float, request: Request, now: float) -> bool:
        """Tell whether what is asked about changed a short time ago."""
        touched = self._watermarks.marks().of(request.collections)
        return not request.fixed and touched.seq > 0 and now - touched.at / 1e6 < seconds
