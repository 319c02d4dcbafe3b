"""What the Incident Sage and the claude elder say to each other of improvement."""

from __future__ import annotations

from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from elders.improving.model import Suggestion
from elders.messages import Body
from foundation.errors import InvalidInput

SUGGESTED: Final = "improvement.suggested"
"""To the claude elder: a suggestion that is for an elder to decide."""

APPROVED: Final = "improvement.approved"
"""From an elder: a suggestion to be tried."""

NOT_TRIED: Final = "improvement.not_tried"
"""To the claude elder: what an elder said yes to was not tried, and why."""

_SUGGESTION: Final = TypeAdapter(Suggestion)


def write_suggestion(suggestion: Suggestion) -> Body:
    """Write a suggestion as a message's body."""
    written: dict[str, Any] = _SUGGESTION.dump_python(suggestion, mode="json")
    return written


def read_suggestion(body: Body) -> Suggestion:
    """Read what `write_suggestion` wrote.

    Raises:
        InvalidInput: it is none.
    """
    try:
        return _SUGGESTION.validate_python(dict(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "its body"
        raise InvalidInput(f"it is no suggestion: {where}: {first['msg']}") from None
