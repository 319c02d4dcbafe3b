"""What OpenAI's clients send and get for embeddings and files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from api import examples
from api.openai import examples as shown
from api.openai.embedding import MOST_TEXTS
from api.schemas import Body

Purpose = Literal["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]
# Fast to fail: a fault told for each of a million items would hold up everybody.
_Texts = Annotated[list[StrictStr], Field(min_length=1, max_length=MOST_TEXTS, fail_fast=True)]
_Tokens = Annotated[list[StrictInt], Field(min_length=1, fail_fast=True)]
_Batches = Annotated[list[_Tokens], Field(min_length=1, fail_fast=True)]


class EmbeddingsIn(Body):
    """Texts to embed; arrays of tokens are read so that they can be refused in words."""

    input: StrictStr | _Texts | _Tokens | _Batches = Field(examples=[["how do I roll back?"]])
    model: Annotated[StrictStr, Field(min_length=1, max_length=1_000, examples=["minilm"])]
    dimensions: Annotated[StrictInt | None, Field(ge=1)] = None
    encoding_format: Literal["float", "base64"] = "float"
    user: StrictStr | None = Field(default=None, description="Taken, and not used.")
    input_type: Literal["passage", "query"] = Field(
        default="passage", description="What the texts are, for models that tell them apart."
    )


class EmbeddingOut(BaseModel):
    """A text's vector, of length 1."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class UsageOut(BaseModel):
    """Tokens, as they are estimated here."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsOut(BaseModel):
    """Vectors in the order of the texts."""

    model_config = ConfigDict(json_schema_extra=examples.shown(shown.EMBEDDINGS))

    object: Literal["list"] = "list"
    data: list[EmbeddingOut]
    model: str
    usage: UsageOut


class FileOut(BaseModel):
    """An uploaded file."""

    model_config = ConfigDict(json_schema_extra=examples.shown(shown.FILE))

    id: str
    object: Literal["file"] = "file"
    bytes: int
    created_at: int
    expires_at: int | None
    filename: str
    purpose: str
    status: Literal["processed"] = "processed"


class FilesOut(BaseModel):
    """A page of files."""

    model_config = ConfigDict(json_schema_extra=examples.shown(shown.page(shown.FILE)))

    object: Literal["list"] = "list"
    data: list[FileOut]
    first_id: str | None
    last_id: str | None
    has_more: bool


class DeletedOut(BaseModel):
    """Something is gone."""

    model_config = ConfigDict(json_schema_extra=examples.shown(shown.DELETED))

    id: str
    object: Literal["file", "vector_store.deleted", "vector_store.file.deleted"]
    deleted: Literal[True] = True
