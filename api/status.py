"""How a home is: what it holds, and how far its followers are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retrieval.following import Lag


@dataclass(frozen=True, slots=True)
class Status:
    """What the home holds, and how far each follower is behind the truth."""

    counts: Mapping[str, int]
    seq: int
    followers: Sequence[Lag]
    held_by: str
