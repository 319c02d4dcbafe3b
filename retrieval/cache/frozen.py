"""Results that several callers share: dictionaries and lists that refuse to be changed."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any, NoReturn

from retrieval.model import Citation, Hit, SearchResult


def _refuse(self: object, *_: object, **__: object) -> NoReturn:
    raise TypeError(
        f"this {type(self).__name__} belongs to a search result that others see too: copy it,"
        " and change the copy"
    )


class FrozenDict(dict[Any, Any]):
    """Equal to the dictionary it was made of; a copy of it can be changed."""

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[Any, Any]:
        return {key: deepcopy(value, memo) for key, value in self.items()}

    def __reduce__(self) -> tuple[type[dict[Any, Any]], tuple[dict[Any, Any]]]:
        return dict, (dict(self),)


class FrozenList(list[Any]):
    """Equal to the list it was made of; a copy of it can be changed."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = _refuse
    reverse = sort = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        return [deepcopy(value, memo) for value in self]

    def __reduce__(self) -> tuple[type[list[Any]], tuple[list[Any]]]:
        return list, (list(self),)


def frozen(result: SearchResult) -> SearchResult:
    """Make a result that nobody can change for others."""
    return replace(
        result,
        hits=FrozenList(_hit(hit) for hit in result.hits),
        notes=_frozen(result.notes),
        timings_ms=_frozen(result.timings_ms),
        understood=_frozen(result.understood),
    )


def _hit(hit: Hit) -> Hit:
    return replace(
        hit,
        parts=_frozen(hit.parts),
        metadata=_frozen(hit.metadata),
        citation=_citation(hit.citation),
    )


def _citation(citation: Citation) -> Citation:
    sources = [replace(each, metadata=_frozen(each.metadata)) for each in citation.sources]
    return replace(citation, sources=FrozenList(sources))


def _frozen(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return FrozenDict({key: _frozen(each) for key, each in value.items()})
    if isinstance(value, list):
        return FrozenList([_frozen(each) for each in value])
    return value
