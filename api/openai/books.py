"""What these doors keep, and who asks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from api.knowledge_base import KnowledgeBase
from api.openai.attributes import metadata_of
from api.platform import Platform
from foundation.clock import Clock
from foundation.database.engine import Database
from foundation.security.policy import Access, labels_of
from ingest.uploads.attachments import Attachments
from ingest.uploads.contents import Contents
from ingest.uploads.files import Files
from ingest.uploads.model import Attachment, Store
from ingest.uploads.stores import Stores


@dataclass(frozen=True, slots=True)
class Books:
    """Files, stores, and what is in which."""

    files: Files
    stores: Stores
    attachments: Attachments
    contents: Contents
    clock: Clock

    @classmethod
    def over(cls, database: Database, clock: Clock) -> Books:
        """Open them over the truth."""
        return cls(
            Files(database, clock),
            Stores(database, clock),
            Attachments(database, clock),
            Contents(database, clock),
            clock,
        )


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks.

    Attributes:
        base: the knowledge as they may see it.
        id: the principal's; files belong to it.
        actor: who is recorded in the change log.
    """

    base: KnowledgeBase
    id: str
    actor: str

    @property
    def platform(self) -> Platform:
        """The parts behind the door."""
        return self.base.platform

    @property
    def access(self) -> Access:
        """What they may see."""
        return self.platform.access

    @property
    def sees_everything(self) -> bool:
        """Tell whether nothing is hidden from them."""
        return self.access == Access.everything

    def sees_store(self, store: Store) -> bool:
        """Tell whether they may know of a store."""
        return self.access.sees_collection(store.collection)

    def sees(self, each: Attachment) -> bool:
        """Tell whether they may know that a file is in a store: as of the document that it is."""
        return self.sight()(each)

    def sight(self) -> Callable[[Attachment], bool]:
        """Make what tells for many files what `sees` tells for one."""
        access = self.access
        if self.sees_everything:
            return lambda _: True
        visible = self.platform.parts.attributes.visible(access)

        def sees(each: Attachment) -> bool:
            labels = labels_of(metadata_of(each.filename, each.attributes))
            if not access.sees(each.collection, labels):
                return False
            number = each.number
            return number is None or (number < visible.size and bool(visible[number]))

        return sees
