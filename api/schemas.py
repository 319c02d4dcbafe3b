"""What goes in and out over HTTP: untrusted JSON gets its shape here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StrictInt, StrictStr

from api import examples

Collection = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f/]+$", examples=["default"])
]
Novelty = Annotated[
    float, Field(ge=0.0, le=1.0, description="From 0 (relevance alone) to 1 (novelty alone).")
]
PerSource = Annotated[
    StrictInt | None,
    Field(ge=1, description="Passages of one document, as long as others are near."),
]
_RECORDS = 1_000


class Body(BaseModel):
    """Unknown fields are refused: a misspelt option must not be ignored silently."""

    model_config = ConfigDict(extra="forbid")


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """Make a model's JSON schema without references, to stand anywhere in an OpenAPI document."""
    schema = model.model_json_schema()
    resolved: dict[str, Any] = _resolved(schema, schema.pop("$defs", {}))
    return resolved


def _resolved(node: Any, definitions: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, list):
        return [_resolved(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _resolved(definitions[node["$ref"].rpartition("/")[2]], definitions)
    return {key: _resolved(value, definitions) for key, value in node.items()}


class NewDocument(Body):
    """A text with its source id; the same source id again makes a new version."""

    source_id: Annotated[
        str,
        Field(
            min_length=1,
            max_length=4_096,
            examples=["guide/install.md"],
            validation_alias=AliasChoices("source_id", "_id", "id"),
        ),
    ]
    text: Annotated[str, Field(examples=["# Install\n\nRun `make demo`."])]
    title: Annotated[str, Field(max_length=2_000)] = ""
    uri: Annotated[str, Field(max_length=8_192)] = ""
    metadata: dict[str, Any] = Field(default_factory=dict, examples=[{"year": 2026}])
    author: Annotated[str, Field(max_length=500)] = ""
    message: Annotated[str, Field(max_length=5_000)] = ""
    time: Annotated[str | None, Field(description="When it became true (ISO 8601).")] = None


class NewDocuments(Body):
    """A batch; each document has its own outcome."""

    collection: Collection = "default"
    documents: Annotated[list[NewDocument], Field(min_length=1, max_length=_RECORDS)]


class ResultOut(BaseModel):
    """What became of one document."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.RESULT))

    source_id: str
    outcome: Literal["added", "updated", "unchanged", "merged", "deleted", "failed"]
    document_id: str | None
    version_id: str | None
    version: int | None
    chunks: int
    merged_into: str | None
    reason: str


class ResultsOut(BaseModel):
    """Outcomes in the order of the documents; they are durable."""

    model_config = ConfigDict(
        json_schema_extra=examples.shown({"results": [dict(examples.RESULT)]})
    )

    results: list[ResultOut]


class DocumentLineOut(BaseModel):
    """A document in a list, without its text."""

    id: str
    number: int
    collection: str
    source_id: str
    uri: str
    title: str
    media_type: str
    language: str
    metadata: dict[str, Any]
    version_id: str
    version: int
    created_at: str
    updated_at: str
    deleted: bool
    group_id: str | None
    canonical: bool


class DocumentOut(DocumentLineOut):
    """A document as it is (or as it was)."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.DOCUMENT))

    text: str


class VersionOut(BaseModel):
    """One line of a document's history."""

    id: str
    document_id: str
    number: int
    parent_id: str | None
    title: str
    sha256: str
    author: str
    message: str
    change: dict[str, Any]
    recorded_at: str
    valid_from: int
    valid_to: int | None
    time_from: str
    time_to: str | None


class ChangeOut(BaseModel):
    """A line of the change log."""

    seq: int
    at: str
    kind: str
    collection: str
    document_id: str | None
    subject: str
    actor: str
    details: dict[str, Any]


class VersionsOut(BaseModel):
    """A document's history, oldest first."""

    model_config = ConfigDict(
        json_schema_extra=examples.shown({"versions": [dict(examples.VERSION)]})
    )

    versions: list[VersionOut]


class SearchIn(Body):
    """A search."""

    query: Annotated[str, Field(min_length=1, max_length=32_768, examples=["how do I install it?"])]
    k: Annotated[StrictInt, Field(ge=1, le=1_000)] = 10
    collections: Annotated[list[str] | None, Field(max_length=1_000, examples=[["default"]])] = None
    filter: dict[str, Any] | None = Field(default=None, examples=[{"year": {"$gte": 2024}}])
    as_of: StrictStr | StrictInt | None = Field(default=None, examples=["2026-01-31"])
    mode: Literal["default", "fusion", "graph", "dense", "lexical"] = "default"
    fresh: bool = Field(default=False, description="Do not answer from the cache.")
    filtering: Annotated[
        bool, Field(description="Whether words such as “documents since 2024” restrict the search.")
    ] = True
    diversity: Novelty = 0.0
    per_source: PerSource = None


class SourceOut(BaseModel):
    """A document that holds the passage."""

    document_id: str
    source_id: str
    uri: str
    title: str
    metadata: dict[str, Any]


class CitationOut(BaseModel):
    """Where the passage stands: characters `start` to `end` of that version's text."""

    document_id: str
    source_id: str
    version_id: str
    version: int
    title: str
    uri: str
    heading: list[str]
    start: int
    end: int
    sources: list[SourceOut]


class HitOut(BaseModel):
    """A passage with its score's parts and its citation."""

    chunk_id: int
    collection: str
    text: str
    score: float
    parts: dict[str, float]
    citation: CitationOut
    metadata: dict[str, Any]


class SearchOut(BaseModel):
    """Passages, best first. `dense_coverage` is the share of passages that are embedded."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.SEARCH))

    query: str
    hits: list[HitOut]
    seq: int
    mode: str
    dense_coverage: float
    notes: list[str]
    timings_ms: dict[str, float]
    understood: list[str]


class FollowerOut(BaseModel):
    """How far a follower is."""

    name: str
    position: int
    behind: int
    error: str


class HealthOut(BaseModel):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra=examples.shown({"status": "ok"}))

    status: Literal["ok"]


class ReadyOut(BaseModel):
    """The truth answers, documents are found by their words, and there is room for more."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.READY))

    status: Literal["ready", "behind", "full"]
    seq: int
    followers: list[FollowerOut]
