"""A knowledge base as somebody sees it who may see only a part of it."""

from __future__ import annotations

from typing import Any, Final, NoReturn, cast

from api.knowledge_base import KnowledgeBase
from foundation.errors import Forbidden
from foundation.security.policy import Access

_SHOWN: Final = frozenset(
    {
        "search",
        "answer",
        "documents",
        "duplicates",
        "collections",
        "graph",
        "feedback",
        "ingest",
        "cache",
        "platform",
    }
)
"""What keeps to rights. All else is made of all documents together, and nothing of it is shown."""


def seen_by(base: KnowledgeBase, access: Access) -> KnowledgeBase:
    """Answer a door that shows what somebody may see, over the same home.

    It makes searches, answers, documents, duplicates, the graph, feedback and ingestion keep to
    these rights. The home stays the given door's to close.
    """
    if access == Access.everything:
        return base
    seen = KnowledgeBase(base.platform.seen_by(access))
    for name in (each for each in dir(seen) if not each.startswith("_")):
        if name not in _SHOWN:
            setattr(seen, name, cast("Any", Withheld(name)))
    return seen


class Withheld:
    """Stands for what may not be seen: whatever is asked of it is refused."""

    def __init__(self, name: str) -> None:
        """Take what it stands for."""
        self._name = name

    def __getattr__(self, _: str) -> NoReturn:
        """Refuse.

        Raises:
            Forbidden: always.
        """
        raise Forbidden(
            f"{self._name}: made of all documents, so it needs the right to see all collections"
            " and labels"
        )

    def __call__(self, *_: object, **__: object) -> NoReturn:
        """Refuse."""
        self.__getattr__("")

    def __getitem__(self, _: object) -> NoReturn:
        """Refuse."""
        self.__getattr__("")

    def __iter__(self) -> NoReturn:
        """Refuse."""
        self.__getattr__("")
