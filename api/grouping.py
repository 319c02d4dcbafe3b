"""Groups of documents that say the same, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from api.platform import Platform
from api.views import frame, table
from foundation.errors import InvalidInput, NotFound
from foundation.ids import DocumentId
from knowledge.groups import list_groups
from knowledge.model import DuplicateGroup

if TYPE_CHECKING:
    import pandas as pd

_SHOWN: Final = 20


class DuplicateGroups:
    """Groups of documents that say the same, and what people decided about them."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def list(self, *, collection: str | None = None) -> Sequence[DuplicateGroup]:
        """List merged groups, then pairs that wait for review or were kept apart.

        Only those of which who asks may see every document.
        """
        parts = self._platform.parts
        groups = list_groups(
            parts.database, collection=collection, review_threshold=parts.review_threshold
        )
        known = self._platform.known(member.document_id for g in groups for member in g.members)
        return [g for g in groups if all(member.document_id in known for member in g.members)]

    def split(
        self, group_id: str, reference: str, *, collection: str | None = None, actor: str = "user"
    ) -> None:
        """Take a document out of its group for good: it is no duplicate of the others.

        The group may be a pair that waits for review: then the two are kept apart.

        Raises:
            NotFound: there is no such group.
            InvalidInput: the document is not in it.
        """
        self._platform.require_ownership()
        parts = self._platform.parts
        document = self._find(reference, collection)
        members = self._members(group_id)
        if document not in members:
            raise InvalidInput(f"document {reference} is not in group {group_id}")
        for other in members:
            if other != document:
                parts.knowledge.decide(document, other, same=False, actor=actor)
        self._platform.settle()

    def merge(self, *references: str, collection: str | None = None, actor: str = "user") -> None:
        """Say that documents say the same, whatever the machine thinks; the first one counts.

        Raises:
            InvalidInput: they are not two or more different ones of one collection: nothing is
                decided then.
        """
        self._platform.require_ownership()
        if len(references) < 2:
            raise InvalidInput("name at least two documents to merge")
        parts = self._platform.parts
        found = [self._find(reference, collection) for reference in references]
        documents = [parts.library.get(each) for each in found]
        if len(set(found)) < len(found) or len({each.collection for each in documents}) > 1:
            raise InvalidInput("name different documents of the same collection")
        first, *others = found
        for other in others:
            parts.knowledge.decide(first, other, same=True, actor=actor)
        self._platform.settle()

    def to_frame(self, *, collection: str | None = None) -> pd.DataFrame:
        """Make a DataFrame with a row for each member of each group."""
        return frame(_group_rows(self.list(collection=collection)))

    def _repr_html_(self) -> str:
        groups = self.list()
        rows = _group_rows(groups)[:_SHOWN]
        return table(rows, caption=f"{len(groups)} groups of duplicates")

    def _find(self, reference: str, collection: str | None) -> DocumentId:
        platform = self._platform
        return platform.parts.library.find(reference, collection=collection, known=platform.knows)

    def _members(self, group_id: str) -> Sequence[DocumentId]:
        for group in self.list():
            if group.id == group_id:
                return [member.document_id for member in group.members]
        raise NotFound(f"there is no group {group_id}; `elders duplicates list` shows them")


def _group_rows(groups: Sequence[DuplicateGroup]) -> list[dict[str, Any]]:
    return [
        {
            "group": group.id,
            "kind": group.kind,
            "decision": group.decision.value,
            "document_id": member.document_id,
            "source_id": member.source_id,
            "similarity": round(member.similarity, 4),
        }
        for group in groups
        for member in group.members
    ]
