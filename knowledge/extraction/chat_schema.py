"""What a language model may answer, and how its answer is found in what it writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from foundation.errors import InvalidInput

_MOST: Final = 300
_MOST_OBJECTS: Final = 50
_ERRORS_TOLD: Final = 5

Line = Annotated[str, Field(min_length=1, max_length=4_000)]


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", coerce_numbers_to_str=True, str_strip_whitespace=True
    )


class Entity(_Part):
    """A name that the model saw, and what it took it for."""

    name: Line
    type: str | None = None


class Relation(_Part):
    """A statement that the model read, with the words that make it."""

    subject: Line
    predicate: Line
    object: Line
    evidence: Line


class Answer(_Part):
    """All that the model read in one passage."""

    entities: tuple[Entity, ...] = Field(default=(), max_length=_MOST)
    relations: tuple[Relation, ...] = Field(default=(), max_length=_MOST)


def parse_answer(text: str) -> Answer:
    """Find the JSON object in an answer, whatever stands around it, and check it.

    Raises:
        InvalidInput: there is none, or it does not fit; the message is written for the model.
    """
    found = next(_objects(text.rpartition("</think>")[2]), None)
    if found is None:
        raise InvalidInput('it has no complete JSON object with "entities" and "relations"')
    try:
        return Answer.model_validate(found)
    except ValidationError as error:
        told = [
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        ]
        raise InvalidInput("; ".join(told[:_ERRORS_TOLD])) from None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(strict=False)
    start = text.find("{")
    for _ in range(_MOST_OBJECTS):
        if start < 0:
            return
        try:
            found, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            if isinstance(found, dict) and ("entities" in found or "relations" in found):
                yield found
        start = text.find("{", end)
