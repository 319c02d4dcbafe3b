"""What the council's members say to each other: topics, and what stands in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from elders.council.model import Case, Pattern, Recovery
from elders.learned import Cursor
from elders.messages import Body
from foundation.errors import InvalidInput

ANALYSE: Final = "knowledge.analyse"
"""To the Knowledge Sage: `since`, `limit`; it answers `patterns` and `next`."""

SIMILAR: Final = "rag.similar"
"""To the RAG Sage: `statement`, `threshold`, `limit`; it answers `cases`."""

WATCH: Final = "incident.watch"
"""To the Incident Sage: `cycle`, `tasks` by slug, `plan`; it answers how each is."""

STORE: Final = "knowledge.store"
"""To the Knowledge Sage: `cycle`, `learnings`; it answers `documents`."""

LEARNED: Final = "cycle.learned"
"""From the claude elder to everybody: `cycle`, `learnings`."""

Read = TypeVar("Read")

CURSOR: Final = TypeAdapter(Cursor)
PATTERNS: Final = TypeAdapter(list[Pattern])
CASES: Final = TypeAdapter(list[Case])
RECOVERY: Final = TypeAdapter(Recovery)
LEARNINGS: Final = TypeAdapter(list[dict[str, Any]])
TASKS: Final = TypeAdapter(dict[str, dict[str, Any]])


def read(adapter: TypeAdapter[Read], body: Body, name: str) -> Read:
    """Read a field of a message's body.

    Raises:
        InvalidInput: it is missing, or something else.
    """
    try:
        return adapter.validate_python(body.get(name))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join([name, *map(str, first["loc"])])
        raise InvalidInput(f"the message's {place}: {first['msg']}") from None


def written(values: Sequence[Any]) -> list[Mapping[str, Any]]:
    """Write dataclasses as JSON can say them."""
    return [asdict(each) for each in values]
