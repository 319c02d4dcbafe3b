"""Pages of lists as OpenAI's clients turn them: by the id of what came before or comes after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from api.openai.errors import Refusal
from foundation.errors import NotFound
from ingest.uploads.model import Position


class Placed(Protocol):
    """Something that has a place in a list."""

    @property
    def position(self) -> Position:
        """Its place."""
        ...


T = TypeVar("T", bound=Placed)


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted; `after` and `before` are ids of its members."""

    limit: int = 20
    newest_first: bool = True
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, and whether more follows in the same direction."""

    items: Sequence[T]
    has_more: bool


def page(
    window: Window,
    *,
    find: Callable[[str], T],
    read: Callable[[Position | None, bool, int], Sequence[T]],
    visible: Callable[[T], bool] = lambda _: True,
) -> Page[T]:
    """Cut a page out of a list, leaving out what may not be seen.

    Args:
        window: which part.
        find: answers the member that an id names; raises NotFound.
        read: answers members that follow a position, ascending or not, so many at the most.
        visible: tells what the asker may know of.

    Raises:
        Refusal: an id that is none of the list's.
    """
    back = window.before is not None and window.after is None
    ascending = window.newest_first == back
    position = _position(window, find)
    found: list[T] = []
    while len(found) <= window.limit:
        rows = read(position, ascending, window.limit + 1)
        found += filter(visible, rows)
        if len(rows) <= window.limit:
            break
        position = rows[-1].position
    items = found[: window.limit]
    return Page(items[::-1] if back else items, len(found) > window.limit)


def _position(window: Window, find: Callable[[str], T]) -> Position | None:
    if window.after is not None and window.before is not None:
        raise Refusal("give after or before, not both", param="before")
    for name, identity in (("after", window.after), ("before", window.before)):
        if identity is not None:
            try:
                return find(identity).position
            except NotFound as error:
                raise Refusal(f"{name}: {error}", param=name) from error
    return None
