from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.openai.errors import Refusal
from api.openai.paging import Page, Window, page
from foundation.clock import Micros
from foundation.errors import NotFound
from ingest.uploads.model import Position


@dataclass(frozen=True, slots=True)
class Thing:
    id: str
    created_at: Micros
    hidden: bool = False

    @property
    def position(self) -> Position:
        return Position(self.created_at, self.id)


things = st.lists(
    st.builds(Thing, st.uuids().map(str), st.integers(0, 3).map(Micros), st.booleans()),
    max_size=12,
    unique_by=lambda each: each.id,
)


def cut(known: Sequence[Thing], window: Window) -> Page[Thing]:
    def key(position: Position) -> tuple[int, str]:
        return position.created_at, position.id

    def read(after: Position | None, ascending: bool, limit: int) -> list[Thing]:  # noqa: FBT001 - the seam's
        ordered = sorted(known, key=lambda each: key(each.position), reverse=not ascending)
        if after is not None:
            ordered = [
                each
                for each in ordered
                if (key(each.position) > key(after)) == ascending and each.id != after.id
            ]
        return ordered[:limit]

    def find(identity: str) -> Thing:
        for each in known:
            if each.id == identity and not each.hidden:
                return each
        raise NotFound("there is none")

    return page(window, find=find, read=read, visible=lambda each: not each.hidden)


def expected(known: Sequence[Thing], *, newest_first: bool) -> list[Thing]:
    seen = [each for each in known if not each.hidden]
    return sorted(seen, key=lambda each: (each.created_at, each.id), reverse=newest_first)


@given(known=things, limit=st.integers(1, 4), newest_first=st.booleans())
def test_pages_one_after_the_other_are_the_whole_list(
    known: list[Thing], limit: int, *, newest_first: bool
) -> None:
    found: list[Thing] = []
    window = Window(limit, newest_first)
    while True:
        part = cut(known, window)
        assert len(part.items) <= limit
        found += part.items
        if not part.has_more:
            break
        window = Window(limit, newest_first, after=part.items[-1].id)
    assert found == expected(known, newest_first=newest_first)


@given(known=things, limit=st.integers(1, 4), newest_first=st.booleans(), data=st.data())
def test_the_page_before_something_ends_where_it_begins(
    known: list[Thing], limit: int, *, newest_first: bool, data: st.DataObject
) -> None:
    ordered = expected(known, newest_first=newest_first)
    if not ordered:
        return
    place = data.draw(st.integers(0, len(ordered) - 1))
    part = cut(known, Window(limit, newest_first, before=ordered[place].id))
    assert list(part.items) == ordered[max(0, place - limit) : place]
    assert part.has_more == (place > limit)


def test_a_hidden_thing_is_no_place_in_the_list() -> None:
    known = [Thing("a", Micros(1)), Thing("b", Micros(2), hidden=True)]
    with pytest.raises(Refusal, match="after: there is none") as caught:
        cut(known, Window(after="b"))
    assert caught.value.param == "after"
