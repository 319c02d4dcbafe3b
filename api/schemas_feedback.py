"""What people say of answers, as it goes in and out over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    model_validator,
)

from api import examples_feedback as examples
from api.schemas import Body, Collection
from knowledge.questions import Intent

_LARGEST = 2**63 - 1
_User = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]


class FeedbackIn(Body):
    """What somebody says of one answer: of a passage (`chunk_id`) or of a `document`."""

    query: Annotated[str, Field(min_length=1, max_length=32_768, examples=["how do I install it?"])]
    kind: Literal["clicked", "useful", "wrong", "undo"]
    chunk_id: Annotated[StrictInt | None, Field(ge=1, le=_LARGEST, examples=[1])] = None
    document: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=4_096,
            description="Its id or source id.",
            validation_alias=AliasChoices("document", "document_id"),
        ),
    ] = None
    collection: Collection | None = None
    rank: Annotated[
        StrictInt | None,
        Field(ge=1, le=1_000_000, description="Where it stood among the hits.", examples=[2]),
    ] = None
    user: _User | None = Field(
        default=None, description="Who says so, as your application names them: counted once."
    )

    @model_validator(mode="after")
    def _about_one_thing(self) -> Self:
        if (self.chunk_id is None) == (self.document is None):
            raise ValueError("feedback is about a passage or a document: name one of them")
        return self


class SaidOut(BaseModel):
    """A piece of feedback; `valid_to` is null while it holds."""

    seq: int
    kind: Literal["clicked", "useful", "wrong"]
    query: str
    document_id: str
    source_id: str
    collection: str
    chunk_id: int | None
    rank: int | None
    actor: str
    at: str
    valid_to: int | None


class FeedbackOut(BaseModel):
    """Feedback, oldest first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.FEEDBACK))

    feedback: list[SaidOut]


class IntentIn(Body):
    """What somebody says that the asker of a query wanted; `undo` takes the last word back."""

    query: Annotated[str, Field(min_length=1, max_length=4_000, examples=["the page hangs"])]
    intent: Intent | Literal["undo"]
    user: _User | None = Field(
        default=None, description="Who says so, as your application names them."
    )


class IntendedOut(BaseModel):
    """What a query was after, as somebody says; `valid_to` is null while it holds."""

    seq: int
    query: str
    intent: Intent
    actor: str
    at: str
    valid_to: int | None


class IntentsOut(BaseModel):
    """What queries were after, oldest first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.INTENTS))

    intents: list[IntendedOut]


class JudgementOut(BaseModel):
    """The grade of a passage or a document for a query: 2 useful, 1 clicked, 0 wrong."""

    query: str
    id: int | str
    grade: Literal[0, 1, 2]


class JudgementsOut(BaseModel):
    """What feedback teaches."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.JUDGEMENTS))

    judgements: list[JudgementOut]
