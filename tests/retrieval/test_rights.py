"""Which documents are seen, by their numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from foundation.security.policy import Access, access
from knowledge.reading import AttributeRow
from retrieval.rights import Rights, both, seen_before


def row(number: int, collection: str, *labels: str, deleted: bool = False) -> AttributeRow:
    fields = {"access": list(labels)} if labels else {}
    return AttributeRow(number, collection, fields, deleted=deleted)


ROWS = [row(1, "a"), row(2, "b"), row(4, "a", "hr"), row(5, "a", "hr", "legal")]


def test_a_document_is_seen_by_who_reaches_its_collection_and_holds_all_its_labels() -> None:
    rights = Rights().updated(ROWS)
    hr = rights.visible(access(["a"], ["hr"]))
    assert hr.tolist() == [False, True, False, False, True, False]
    both = rights.visible(access(["*"], ["hr", "legal", "other"]))
    assert both.tolist() == [False, True, True, False, True, True]
    assert not rights.visible(Access.nothing).any()
    assert rights.visible(access(["*"], None)).tolist() == both.tolist()


def test_rights_follow_what_documents_need_now() -> None:
    before = Rights().updated(ROWS)
    after = before.updated([row(1, "a", "hr"), row(2, "b", deleted=True), row(7, "c")])
    reader = access(["*"], [])
    assert before.visible(reader).tolist() == [False, True, True, False, False, False]
    assert after.visible(reader).tolist() == [False] * 7 + [True]


def test_labels_that_cannot_be_read_hide_a_document() -> None:
    strange = AttributeRow(1, "a", {"access": 7}, deleted=False)
    assert not Rights().updated([strange]).visible(access(["a"], ["7"])).any()


def test_nothing_is_nothing() -> None:
    assert Rights().visible(Access.everything).tolist() == []


_ROW = st.sampled_from([None, ("a",), ("b",), ("a", "hr"), ("b", "hr")])


@given(st.lists(st.tuples(_ROW, _ROW), max_size=12))
def test_what_was_touched_tells_what_could_be_seen_before(
    moved: list[tuple[tuple[str, ...] | None, tuple[str, ...] | None]],
) -> None:
    def rows(of: list[tuple[str, ...] | None]) -> list[AttributeRow]:
        return [
            row(number, "a", deleted=True) if what is None else row(number, *what)
            for number, what in enumerate(of)
        ]

    before, now = rows([each for each, _ in moved]), rows([each for _, each in moved])
    touched = [old for old, new in zip(before, now, strict=True) if old != new]
    reader = access(["a"], [])
    mask, then = (Rights().updated(each).visible(reader) for each in (now, before))
    mask.flags.writeable = False
    assert seen_before(mask, touched, reader).tolist() == both(mask, then).tolist()


def test_what_came_after_the_mask_is_beyond_it() -> None:
    mask = np.array([False, True])
    assert seen_before(mask, [row(5, "a")], access(["a"], [])).tolist() == [False, True]
