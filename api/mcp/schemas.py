"""What tools for language models take and answer: few fields, each worth its place in a context."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, Field

from api.schemas import Body, Collection

PAGE: Final = 8_000
"""Characters of a document that are read where no end is named: about 2,000 tokens."""

MOST_READ: Final = 40_000
_LARGEST: Final = 2**63 - 1


def _unpacked(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Read lists and objects that a client wrote as JSON in a string, as some do."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _listed(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Take one name for a list of it, also where it would be JSON of another kind: 2024, true."""
    if not isinstance(value, str):
        return value
    found = _unpacked(value)
    if isinstance(found, list):
        return found
    return [found if isinstance(found, str) else value]


Object = Annotated[dict[str, Any] | None, BeforeValidator(_unpacked)]
Names = Annotated[list[str] | None, BeforeValidator(_listed)]
Moment = Annotated[
    str | int | None,
    Field(
        description="What held then: an ISO 8601 time or a change number. Without it, what holds"
        " now.",
        examples=["2026-01-31"],
    ),
]
Reference = Annotated[str, Field(min_length=1, max_length=4_096)]


class SearchArguments(Body):
    """A search."""

    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=32_768,
            description="A question or keywords, in any language.",
        ),
    ]
    k: Annotated[int, Field(ge=1, le=50, description="How many passages.")] = 5
    collections: Names = Field(
        default=None, max_length=1_000, description="Only these collections; without it, all."
    )
    filter: Object = Field(
        default=None,
        description="Mongo-like conditions on metadata and built-in fields.",
        examples=[{"year": {"$gte": 2024}}],
    )
    as_of: Moment = None


class ReadArguments(Body):
    """A document, and which of its characters."""

    document: Annotated[Reference, Field(description="Its id or its source id.")]
    collection: Annotated[
        str | None, Field(description="Where several collections have that source id.")
    ] = None
    version: Annotated[
        int | None, Field(ge=1, le=_LARGEST, description="A version's number, in place of as_of.")
    ] = None
    as_of: Moment = None
    start: Annotated[
        int, Field(ge=0, le=_LARGEST, description="The first character; a citation's `start` fits.")
    ] = 0
    end: Annotated[
        int | None,
        Field(
            ge=1,
            le=_LARGEST,
            description=f"Where to stop; {PAGE:,} characters after start, if it is not said. At"
            f" most {MOST_READ:,} are answered at once.",
        ),
    ] = None


class NeighboursArguments(Body):
    """An entity."""

    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1_000,
            description="Any name of a person, thing or term, as people write it.",
            examples=["Kubernetes"],
        ),
    ]
    limit: Annotated[int, Field(ge=1, le=100, description="At most so many of each sort.")] = 10


class RememberArguments(Body):
    """A text to keep."""

    text: Annotated[str, Field(min_length=1, description="Plain text or Markdown.")]
    title: Annotated[str, Field(max_length=2_000)] = ""
    source_id: Annotated[
        Reference | None,
        Field(
            description="Its name. The same name again makes a new version of the document; without"
            " one the text itself decides, so that the same text is kept once.",
            examples=["notes/deployment.md"],
        ),
    ] = None
    collection: Collection | None = Field(
        default=None, description="Where to; made where it is new. `default` without it."
    )
    metadata: Object = Field(
        default=None, description="Fields to filter by.", examples=[{"team": "ops"}]
    )


class Passage(BaseModel):
    """A passage, and where it stands: characters `start` to `end` of that version's text."""

    number: int
    text: str
    title: str
    heading: list[str]
    collection: str
    source_id: str
    uri: str
    document_id: str
    version: int
    start: int
    end: int
    chunk_id: int
    score: float
    also_in: list[str] = Field(description="Source ids of other documents with the same passage.")


class Found(BaseModel):
    """Passages, best first, of what was known up to change `seq`."""

    query: str
    passages: list[Passage]
    seq: int
    notes: list[str]


class Page(BaseModel):
    """Characters `start` to `end` of `length`; `next_start` is where to go on, null at the end."""

    document_id: str
    source_id: str
    collection: str
    title: str
    uri: str
    metadata: dict[str, Any]
    version: int
    time_from: str
    deleted: bool
    start: int
    end: int
    length: int
    next_start: int | None
    text: str


class CompanionOut(BaseModel):
    """What is named together with the entity: in how many passages, how far beyond chance."""

    name: str
    kind: str
    passages: int
    bits: float


class Quote(BaseModel):
    """What proves a relation, word for word."""

    text: str
    document_id: str
    chunk_id: int
    confidence: float


class Stated(BaseModel):
    """What passages state: `subject`, `predicate`, `object`; `proofs` counts all, quotes are some.

    The object is the name of another entity, or a value.
    """

    subject: str
    predicate: str
    object: str
    confidence: float
    proofs: int
    quotes: list[Quote]


class Neighbourhood(BaseModel):
    """What is known of an entity: its names, what is stated of it, what it is named with."""

    id: str
    name: str
    kind: str
    also_called: list[str]
    passages: int
    documents: int
    relations: list[Stated]
    companions: list[CompanionOut]


class Remembered(BaseModel):
    """What became of a text; where it says the same as a known document, `merged_into` is that."""

    outcome: Literal["added", "updated", "unchanged", "merged"]
    source_id: str
    collection: str
    document_id: str | None
    version: int | None
    merged_into: str | None
