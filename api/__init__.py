"""Every door to the platform: Python, command line and HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.knowledge_base import KnowledgeBase

__all__ = ["KnowledgeBase"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever a module may hold
    """Import the Python door when it is asked for: the command line starts without it."""
    if name == "KnowledgeBase":
        from api.knowledge_base import KnowledgeBase

        return KnowledgeBase
    raise AttributeError(f"module 'api' has no attribute {name!r}")
