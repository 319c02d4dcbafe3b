"""Which documents are seen, by their numbers."""

from __future__ import annotations

from foundation.security.policy import Access, access
from knowledge.reading import AttributeRow
from retrieval.rights import Rights


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
