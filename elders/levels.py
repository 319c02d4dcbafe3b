"""Who is above whom in the Elder Tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from foundation.errors import InvalidInput
from foundation.patterns import deferred


class Level(IntEnum):
    """Levels of authority; a higher number has more."""

    SERVANT = 1
    SAGE = 2
    CLAUDE_ELDER = 3
    GRAND_ELDER = 4


class Sage(StrEnum):
    """The four Sages."""

    KNOWLEDGE = "knowledge_sage"
    RAG = "rag_sage"
    TASK = "task_sage"
    INCIDENT = "incident_sage"


CLAUDE_ELDER: Final = "claude_elder"
GRAND_ELDER: Final = "grand_elder"
"""There is one of each."""

_SERVANT: Final = "servant."
_SERVANT_NAME: Final = deferred(r"servant\.[a-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Elder:
    """A member of the tree, named as messages name it.

    Attributes:
        name: a Sage's name, `claude_elder`, `grand_elder`, or `servant.` and a name of its own.
    """

    name: str
    level: Level


def elder(name: str) -> Elder:
    """Read a member's name.

    Raises:
        InvalidInput: no member can have it.
    """
    if name == GRAND_ELDER:
        return Elder(name, Level.GRAND_ELDER)
    if name == CLAUDE_ELDER:
        return Elder(name, Level.CLAUDE_ELDER)
    if name in set(Sage):
        return Elder(name, Level.SAGE)
    if _SERVANT_NAME.fullmatch(name):
        return Elder(name, Level.SERVANT)
    raise InvalidInput(
        f"{name[:80]!r} is no member of the Elder Tree: name {GRAND_ELDER}, {CLAUDE_ELDER}, one of"
        f" {', '.join(Sage)}, or {_SERVANT}NAME (small letters, digits, _ and -)"
    )
