"""What the Knowledge Sage speaks of: start reading here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from foundation.clock import Micros
from foundation.ids import ChunkId, DocumentId, GroupId, Seq, Sha256, VersionId

Metadata = Mapping[str, Any]
"""JSON object: strings, numbers, booleans, null, and lists of these."""

INSIGHTS: Final = "insights"
"""The collection of what was learned; searched only where it is named."""

GRAPHS: Final = "graphs"
"""The collection of graphs that were imported."""

TOLD: Final = "patterns/"
"""Begins the source ids of insights that tell of a pattern; its key follows."""


class Outcome(StrEnum):
    """What became of one record that was pushed in; every run accounts for each."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    DELETED = "deleted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Span:
    """A passage within a version: `version.text[start:end] == text`.

    `heading` is the path of headings above it, outermost first.
    """

    ordinal: int
    start: int
    end: int
    heading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A parsed and chunked document on its way into the truth.

    `time` is when the content became true (a commit's date); None means now.
    """

    source_id: str
    text: str
    spans: Sequence[Span]
    title: str = ""
    uri: str = ""
    media_type: str = "text/plain"
    language: str = ""
    metadata: Metadata = field(default_factory=dict)
    author: str = ""
    message: str = ""
    time: Micros | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """Word from a source that it no longer has a document."""

    source_id: str
    author: str = ""
    message: str = ""
    time: Micros | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome for one record, in the order in which the records came."""

    source_id: str
    outcome: Outcome
    document_id: DocumentId | None = None
    version_id: VersionId | None = None
    version: int | None = None
    chunks: int = 0
    merged_into: DocumentId | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One source, stable through all its versions.

    `number` is a small integer that indexes hold in place of the id.
    """

    id: DocumentId
    number: int
    collection: str
    source_id: str
    uri: str
    title: str
    media_type: str
    language: str
    metadata: Metadata
    version_id: VersionId
    version: int
    created_at: Micros
    updated_at: Micros
    deleted: bool = False
    group_id: GroupId | None = None
    canonical: bool = True


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """An immutable state of a document, current from `valid_from` until `valid_to` (change seqs).

    `time_from` and `time_to` bound the same interval on the clock of the content; `change` says
    in words and figures what is different from the version before.
    """

    id: VersionId
    document_id: DocumentId
    number: int
    parent_id: VersionId | None
    title: str
    sha256: Sha256
    author: str
    message: str
    change: Mapping[str, Any]
    recorded_at: Micros
    valid_from: Seq
    valid_to: int
    time_from: Micros
    time_to: int


@dataclass(frozen=True, slots=True)
class Version(VersionInfo):
    """A version with its text."""

    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A searchable passage: the unit that every index holds.

    One chunk lives through all consecutive versions that contain its text; its offsets in each
    of them are its spans. `text_hash` covers title, headings and text: what is embedded.
    """

    id: ChunkId
    document_id: DocumentId
    document_number: int
    collection: str
    title: str
    heading: tuple[str, ...]
    text: str
    text_hash: Sha256
    language: str
    valid_from: Seq
    valid_to: int
    time_from: Micros
    time_to: int

    @property
    def passage(self) -> str:
        """The text with its title and headings: what is embedded."""
        return passage(self.title, self.heading, self.text)


def passage(title: str, heading: Sequence[str], text: str) -> str:
    """Put a passage into its context: the title and those headings that it does not show itself."""
    shown = text[:400]
    above = [name for name in dict.fromkeys((title, *heading)) if name and name not in shown]
    return "\n".join([*above, text])


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the change log: what happened to which subject, in the order of commits."""

    seq: Seq
    at: Micros
    kind: str
    collection: str
    document_id: DocumentId | None
    subject: str
    actor: str
    details: Mapping[str, Any]


class Decision(StrEnum):
    """What was decided about a pair or a group of duplicates."""

    MERGED = "merged"
    REVIEW = "review"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Member:
    """A document in a group, with its similarity (0 to 1) to its nearest fellow."""

    document_id: DocumentId
    source_id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Documents that say the same: `kind` is exact or near; the first member is canonical."""

    id: GroupId
    kind: str
    decision: Decision
    members: Sequence[Member]
