"""What OpenAI's clients send and get for vector stores."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, model_validator

from api import examples
from api.openai import examples as shown
from api.openai.filters import FilterIn, Scalar
from api.schemas import Body

_MOST_FILES = 2_000

Metadata = dict[StrictStr, StrictStr]
Attributes = dict[StrictStr, Scalar]
Identity = Annotated[StrictStr, Field(min_length=1, max_length=100)]
Query = Annotated[StrictStr, Field(min_length=1, max_length=32_768)]


class ExpiresAfter(Body):
    """When a store ends: so many days after it was last used."""

    anchor: Literal["last_active_at"]
    days: Annotated[StrictInt, Field(ge=1, le=365)]


class StaticSizes(Body):
    """How files are cut, in tokens."""

    max_chunk_size_tokens: Annotated[StrictInt, Field(ge=100, le=4_096)]
    chunk_overlap_tokens: Annotated[StrictInt, Field(ge=0)]

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if 2 * self.chunk_overlap_tokens > self.max_chunk_size_tokens:
            raise ValueError("chunk_overlap_tokens: half of max_chunk_size_tokens at the most")
        return self


class AutoChunking(Body):
    """As all documents are cut."""

    type: Literal["auto"]


class StaticChunking(Body):
    """By sizes of one's own."""

    type: Literal["static"]
    static: StaticSizes


Chunking = Annotated[AutoChunking | StaticChunking, Field(discriminator="type")]


class NewStoreIn(Body):
    """A new store; `collection` in its metadata says which collection it is."""

    name: Annotated[StrictStr | None, Field(max_length=1_000, examples=["Handbooks"])] = None
    description: Annotated[StrictStr | None, Field(max_length=5_000)] = None
    metadata: Metadata | None = None
    expires_after: ExpiresAfter | None = None
    file_ids: Annotated[list[Identity], Field(max_length=_MOST_FILES)] = Field(default_factory=list)
    chunking_strategy: Chunking | None = None


class StoreChangesIn(Body):
    """What is to be changed; null takes it away."""

    name: Annotated[StrictStr | None, Field(max_length=1_000)] = None
    metadata: Metadata | None = None
    expires_after: ExpiresAfter | None = None


class NewStoreFileIn(Body):
    """A file that is to be put into a store."""

    file_id: Identity
    attributes: Attributes | None = None
    chunking_strategy: Chunking | None = None


class StoreFileChangesIn(Body):
    """A file's new attributes, in place of all it had."""

    attributes: Attributes | None


class NewBatchIn(Body):
    """Files with attributes for all of them, or each with its own."""

    file_ids: Annotated[list[Identity] | None, Field(min_length=1, max_length=_MOST_FILES)] = None
    files: Annotated[list[NewStoreFileIn] | None, Field(min_length=1, max_length=_MOST_FILES)] = (
        None
    )
    attributes: Attributes | None = None
    chunking_strategy: Chunking | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.file_ids is None) == (self.files is None):
            raise ValueError("give file_ids or files, one of the two")
        if self.files is not None and {"attributes", "chunking_strategy"} & self.model_fields_set:
            raise ValueError("with files, attributes and chunking_strategy stand in each of them")
        return self


class RankingOptions(Body):
    """How results are ordered, and which are left out."""

    ranker: Literal["auto", "default-2024-11-15", "none"] = "auto"
    score_threshold: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0


class StoreSearchIn(Body):
    """A search in a store."""

    query: Query | Annotated[list[Query], Field(min_length=1, max_length=16)] = Field(
        examples=["how do I roll back?"]
    )
    filters: FilterIn | None = None
    max_num_results: Annotated[StrictInt, Field(ge=1, le=50)] = 10
    ranking_options: RankingOptions = Field(default_factory=RankingOptions)
    rewrite_query: bool = False


class FileCountsOut(BaseModel):
    """Files by how far they are."""

    in_progress: int
    completed: int
    failed: int
    cancelled: int
    total: int


class StoreOut(BaseModel):
    """A vector store."""

    model_config = ConfigDict(json_schema_extra=examples.shown(shown.STORE))

    id: str
    object: Literal["vector_store"] = "vector_store"
    created_at: int
    name: str
    description: str
    usage_bytes: int
    file_counts: FileCountsOut
    status: Literal["expired", "in_progress", "completed"]
    expires_after: ExpiresAfter | None
    expires_at: int | None
    last_active_at: int
    metadata: dict[str, str]


class StoresOut(BaseModel):
    """A page of stores."""

    model_config = ConfigDict(json_schema_extra=examples.shown(shown.page(shown.STORE)))

    object: Literal["list"] = "list"
    data: list[StoreOut]
    first_id: str | None
    last_id: str | None
    has_more: bool


class LastErrorOut(BaseModel):
    """Why a file could not be taken in."""

    code: str
    message: str


class StoreFileOut(BaseModel):
    """A file in a store."""

    model_config = ConfigDict(json_schema_extra=examples.shown(shown.STORE_FILE))

    id: str
    object: Literal["vector_store.file"] = "vector_store.file"
    created_at: int
    usage_bytes: int
    vector_store_id: str
    status: Literal["in_progress", "completed", "cancelled", "failed"]
    last_error: LastErrorOut | None
    attributes: dict[str, Any]
    chunking_strategy: StaticChunking


class StoreFilesOut(BaseModel):
    """A page of files in a store."""

    model_config = ConfigDict(json_schema_extra=examples.shown(shown.page(shown.STORE_FILE)))

    object: Literal["list"] = "list"
    data: list[StoreFileOut]
    first_id: str | None
    last_id: str | None
    has_more: bool


class BatchOut(BaseModel):
    """Files that were put into a store at once."""

    model_config = ConfigDict(json_schema_extra=examples.shown(shown.BATCH))

    id: str
    object: Literal["vector_store.files_batch"] = "vector_store.files_batch"
    created_at: int
    vector_store_id: str
    status: Literal["in_progress", "completed", "cancelled", "failed"]
    file_counts: FileCountsOut


class TextOut(BaseModel):
    """A piece of text."""

    type: Literal["text"] = "text"
    text: str


class ContentOut(BaseModel):
    """What was read in a file."""

    model_config = ConfigDict(json_schema_extra=examples.shown(shown.CONTENT))

    object: Literal["vector_store.file_content.page"] = "vector_store.file_content.page"
    data: list[TextOut]
    has_more: bool = False


class FoundOut(BaseModel):
    """A passage; of a document that came by another door, `file_id` is the document's id."""

    file_id: str
    filename: str
    score: float
    attributes: dict[str, Any]
    content: list[TextOut]


class StoreSearchOut(BaseModel):
    """Passages, best first; `search_query` is what was searched for."""

    model_config = ConfigDict(json_schema_extra=examples.shown(shown.SEARCH))

    object: Literal["vector_store.search_results.page"] = "vector_store.search_results.page"
    search_query: list[str]
    data: list[FoundOut]
    has_more: bool = False
