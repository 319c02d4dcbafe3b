"""What every follower of the change log shares: feeds, positions and catching up."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from foundation.ids import ChunkId, Seq
from knowledge.model import Chunk


@dataclass(frozen=True, slots=True)
class Feed:
    """All that happened to chunks after one seq, up to and including `upto`.

    `opened` became current in the interval (some may already be closed again), `closed` stopped
    being current (their `valid_to` is set), `purged` are gone from the truth and must be
    forgotten. A chunk may stand in `opened` and `closed` of the same feed.
    """

    after: Seq
    upto: Seq
    opened: Sequence[Chunk]
    closed: Sequence[Chunk]
    purged: Sequence[ChunkId]

    @property
    def empty(self) -> bool:
        """Tell whether no chunk changed (the position moves all the same)."""
        return not (self.opened or self.closed or self.purged)


class FeedSource(Protocol):
    """The truth as a follower sees it."""

    def head(self) -> Seq:
        """Answer the newest committed seq."""
        ...

    def feed(self, after: Seq, *, limit: int, upto: Seq | None = None) -> Feed:
        """Read what came after `after`, up to `upto` (the head, if None).

        Whole seqs, about `limit` chunks, at least one seq.
        """
        ...


class Follower(Protocol):
    """Derived state that follows the log and may be deleted at any time.

    Behaviour (FollowerContract): `apply` is idempotent and durable: once it returned, `position`
    answers `feed.upto`, in a new process too; a crash within `apply` leaves a position from which
    applying again gives the same state. A deleted or damaged folder means position 0.
    """

    name: str

    def position(self) -> Seq:
        """Answer the seq up to which everything is applied; 0 for nothing."""
        ...

    def apply(self, feed: Feed) -> None:
        """Bring the state to `feed.upto`."""
        ...

    def reset(self) -> None:
        """Forget everything: the next feed starts at seq 0."""
        ...


def catch_up(follower: Follower, source: FeedSource, *, limit: int = 1000) -> Seq:
    """Apply feeds until the follower has reached the head as it was at the start."""
    target = source.head()
    while (position := follower.position()) < target:
        follower.apply(source.feed(position, limit=limit))
    return follower.position()


class PositionFile:
    """A follower's position, kept in its own folder so that both vanish together."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Seq:
        """Answer the stored position; an absent or torn file means 0."""
        try:
            return Seq(int(json.loads(self._path.read_text())["seq"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Seq(0)

    def write(self, seq: Seq) -> None:
        """Store durably: write aside, sync, rename."""
        aside = self._path.with_suffix(".tmp")
        with aside.open("w") as file:
            json.dump({"seq": seq}, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)
