"""Attribute filters of OpenAI's clients in the platform's own filter language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr

from api.openai.attributes import field_of
from api.schemas import Body
from knowledge.reading import AttributeRow
from retrieval.filters import fields, parse_filter
from retrieval.indexes.columns import Columns

Scalar = StrictStr | StrictBool | StrictInt | StrictFloat
_NEVER: Final[Mapping[str, Any]] = {"source_id": {"$in": []}}
_ALWAYS: Final[Mapping[str, Any]] = {"source_id": {"$nin": []}}


class ComparisonIn(Body):
    """Compares an attribute with a value, or with a list of them (`in`, `nin`)."""

    type: Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]
    key: Annotated[StrictStr, Field(min_length=1, max_length=1_000)]
    value: Scalar | list[Scalar]


class CompoundIn(Body):
    """Joins filters: all of them must hold, or one."""

    type: Literal["and", "or"]
    filters: Annotated[list[FilterIn], Field(min_length=1)]


FilterIn = Annotated[ComparisonIn | CompoundIn, Field(discriminator="type")]
CompoundIn.model_rebuild()


def condition_of(given: FilterIn, known: Collection[str]) -> dict[str, Any]:
    """Write a filter in the platform's language.

    Args:
        given: the filter.
        known: the fields that the asker may ask about. No document has another, so what compares
            with one holds nowhere, or (`ne`, `nin`) everywhere.
    """
    if isinstance(given, CompoundIn):
        return {f"${given.type}": [condition_of(part, known) for part in given.filters]}
    field = field_of(given.key)
    if field not in known:
        return dict(_ALWAYS if given.type in {"ne", "nin"} else _NEVER)
    return {field: {f"${given.type}": given.value}}


def holding(condition: Mapping[str, Any], documents: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Tell for which of some documents' metadata a condition holds."""
    parsed = parse_filter(condition)
    columns = Columns(built_in=fields(parsed))
    columns.update(
        AttributeRow(number, "", metadata, deleted=False)
        for number, metadata in enumerate(documents)
    )
    mask = columns.mask(parsed, None)
    return [True] * len(documents) if mask is None else [bool(holds) for holds in mask]
