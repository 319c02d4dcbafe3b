"""What goes in and out over HTTP about answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from api.examples import shown
from api.examples_answers import ANSWER
from api.schemas import Body, CitationOut, Novelty, PerSource
from retrieval.answers.answering import DEFAULT_TOKENS, MOST_TOKENS
from retrieval.answers.finding import MOST_HITS
from retrieval.answers.packing import LEAST_TOKENS


class AnswerIn(Body):
    """A question."""

    question: Annotated[
        str, Field(min_length=1, max_length=32_768, examples=["how do I install it?"])
    ]
    method: Literal["auto", "extract", "generate"] = "auto"
    k: Annotated[StrictInt, Field(ge=1, le=100)] = MOST_HITS
    tokens: Annotated[
        StrictInt,
        Field(ge=LEAST_TOKENS, le=MOST_TOKENS, description="What the passages may take together."),
    ] = DEFAULT_TOKENS
    collections: Annotated[list[str] | None, Field(max_length=1_000, examples=[["default"]])] = None
    filter: dict[str, Any] | None = Field(default=None, examples=[{"year": {"$gte": 2024}}])
    as_of: StrictStr | StrictInt | None = Field(default=None, examples=["2026-01-31"])
    mode: StrictStr = "default"
    diversity: Novelty = 0.0
    per_source: PerSource = None
    stream: StrictBool = Field(default=False, description="Answer by server-sent events.")


class PassageOut(BaseModel):
    """A passage that is cited as `[number]`."""

    number: int
    text: str
    citation: CitationOut
    chunk_ids: list[int]
    score: float
    tokens: int


class QuoteOut(BaseModel):
    """Characters `start` to `end` of the text of the version that passage `number` cites."""

    number: int
    start: int
    end: int


class SentenceOut(BaseModel):
    """A sentence of an answer; `why` says what speaks against one that is not supported."""

    text: str
    citations: list[int]
    quotes: list[QuoteOut]
    supported: bool
    why: str


class AnswerOut(BaseModel):
    """An answer. Where `found` is false the text is empty, and the citations are the nearest."""

    model_config = ConfigDict(json_schema_extra=shown(ANSWER))

    question: str
    text: str
    found: bool
    confidence: float
    threshold: float
    method: Literal["extracted", "generated"]
    sentences: list[SentenceOut]
    citations: list[PassageOut]
    unsupported: int
    seq: int
    notes: list[str]
    timings_ms: dict[str, float]


class ContextOut(BaseModel):
    """The passages that sentences may cite, as the first event of a stream."""

    passages: list[PassageOut]
    tokens: int
    left_out: int
