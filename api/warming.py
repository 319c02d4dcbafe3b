"""Get ready for searches while nobody asks yet."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from foundation.errors import GuildError

if TYPE_CHECKING:
    from api.knowledge_base import KnowledgeBase


def warm(base: KnowledgeBase, ended: Callable[[], bool]) -> None:
    """Load the model while nobody asks yet, then answer what was asked most before.

    Where that fails, searches will say why.
    """
    with suppress(GuildError):
        base.platform.parts.warm()
        base.cache.warm(ended)
