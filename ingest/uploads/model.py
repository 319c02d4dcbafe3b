"""What uploads speak of: files, the vector stores that they are put into, and how far they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from foundation.clock import Micros
from foundation.ids import DocumentId
from foundation.security.policy import Access

_DAY: Final = 86_400_000_000


class Status(StrEnum):
    """How far a file is on its way into a store."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list that is ordered by creation, and by id where two came at once."""

    created_at: Micros
    id: str


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """Bytes that somebody handed in, under a name; `owner` is the principal's id."""

    id: str
    owner: str
    filename: str
    media_type: str
    purpose: str
    bytes: int
    created_at: Micros
    expires_at: Micros | None = None

    @property
    def position(self) -> Position:
        """Its place in a list."""
        return Position(self.created_at, self.id)


@dataclass(frozen=True, slots=True)
class Store:
    """A collection under an id, with what is said about it.

    Attributes:
        expires_after_days: since it was last active; None for never.
        expired: its time ran out, and its documents were deleted.
    """

    id: str
    collection: str
    name: str
    description: str
    metadata: Mapping[str, str]
    created_at: Micros
    last_active_at: Micros
    expires_after_days: int | None = None
    expired: bool = False

    @property
    def position(self) -> Position:
        """Its place in a list."""
        return Position(self.created_at, self.id)

    @property
    def expires_at(self) -> Micros | None:
        """When its time runs out, if nobody uses it before."""
        if self.expires_after_days is None:
            return None
        return Micros(self.last_active_at + self.expires_after_days * _DAY)

    def is_over(self, now: Micros) -> bool:
        """Tell whether its time has run out, swept or not."""
        return self.expired or (self.expires_at is not None and self.expires_at <= now)


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """How a file is to be cut, in tokens as `ingest.tokens` estimates them."""

    tokens: int
    overlap: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A file that somebody wants in a store; without sizes it is cut as all documents are."""

    file_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    sizes: ChunkSizes | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a store.

    Attributes:
        bytes: of the file.
        revision: grows with every wish.
        actor, rights: of who wished for it last; it is ingested as by them.
        document_id: of what it became; None while it is none.
        number: that document's.
    """

    store_id: str
    collection: str
    file_id: str
    filename: str
    media_type: str
    bytes: int
    batch_id: str | None
    created_at: Micros
    revision: int
    status: Status
    error_code: str
    error: str
    attributes: Mapping[str, Any]
    sizes: ChunkSizes | None
    actor: str
    rights: Access
    document_id: DocumentId | None = None
    number: int | None = None

    @property
    def position(self) -> Position:
        """Its place in a list."""
        return Position(self.created_at, self.file_id)


@dataclass(frozen=True, slots=True)
class Batch:
    """Files that were put into a store at once."""

    id: str
    store_id: str
    created_at: Micros
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Finish:
    """What became of an attachment's file; with an `error_code` it failed."""

    attachment: Attachment
    document_id: DocumentId | None = None
    error_code: str = ""
    error: str = ""
