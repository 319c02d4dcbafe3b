"""What a curator decides about duplicates from Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api import KnowledgeBase
from foundation.errors import GuildError, InvalidInput, NotFound
from knowledge.model import Decision, DuplicateGroup

WORDS = "the ship leaves the pier at noon and comes back before the evening bell rings twice"


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path, background=False, embedder="hashing") as opened:
        opened.add(WORDS, source_id="one")
        opened.add(WORDS.replace("evening", "morning"), source_id="other")
        opened.add("Nothing of this sort stands in the third document.", source_id="third")
        yield opened


def only_group(base: KnowledgeBase) -> DuplicateGroup:
    (group,) = base.duplicates.list()
    return group


def test_a_pair_for_review_can_be_kept_apart_and_merged_after_all(base: KnowledgeBase) -> None:
    assert only_group(base).decision is Decision.REVIEW
    base.duplicates.split(only_group(base).id, "other")
    assert only_group(base).decision is Decision.KEPT
    base.duplicates.merge("one", "other")
    assert only_group(base).decision is Decision.MERGED
    assert [len(hit.citation.sources) for hit in base.search("ship noon bell", k=1)] == [2]


def test_splitting_what_is_no_group_or_no_member_is_refused(base: KnowledgeBase) -> None:
    with pytest.raises(NotFound, match="no group"):
        base.duplicates.split("0000", "other")
    with pytest.raises(InvalidInput, match="not in group"):
        base.duplicates.split(only_group(base).id, "third")


def test_a_collection_says_which_of_two_equally_named_documents_is_meant(
    base: KnowledgeBase,
) -> None:
    base.add(WORDS, source_id="one", collection="archive")
    base.add(WORDS.replace("evening", "morning"), source_id="other", collection="archive")
    with pytest.raises(GuildError, match="collection"):
        base.duplicates.merge("one", "other")
    base.duplicates.merge("one", "other", collection="archive")
    (group,) = base.duplicates.list(collection="archive")
    assert group.decision is Decision.MERGED
    base.duplicates.split(group.id, "other", collection="archive")
    (group,) = base.duplicates.list(collection="archive")
    assert group.decision is Decision.KEPT
