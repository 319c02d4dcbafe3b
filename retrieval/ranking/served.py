"""The graph that searches walk on: the follower's, or read when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from foundation.database.engine import Database
from foundation.ids import Seq
from foundation.security.policy import Access
from knowledge.graph.follower import GraphFollower
from knowledge.graph.snapshot import Snapshot
from retrieval.ranking.seen import SeenGraphs, Visible
from retrieval.recent import Recent

FEW: Final = 20_000
"""Chunks up to which a command that searches once reads the graph for it: about two seconds."""

_PATIENCE_SECONDS: Final = 3.0


class ServedGraph:
    """Answers the newest snapshot; a search waits for it once at the most.

    Of a larger home the first search of a process does without, so that a command that asks once
    is not slow; later ones find what is read in the background.
    """

    def __init__(
        self,
        database: Database,
        follower: GraphFollower,
        count: Callable[[], int],
        visible: Visible,
    ) -> None:
        """Begin with nothing.

        Args:
            database: the truth.
            follower: keeps the snapshot, whether it runs in the background or not.
            count: counts the current chunks.
            visible: tells which documents somebody may see.
        """
        self._seen = SeenGraphs(database, visible)
        self._follower = follower
        self._count = count
        self._spared = False
        self._recent: Recent[None] = Recent(
            "graph", database, self._read, None, patience_seconds=_PATIENCE_SECONDS
        )

    def snapshot(self, access: Access = Access.everything) -> Snapshot:
        """Answer what somebody may see of the newest snapshot, empty where none is there yet."""
        return self._seen.part(self._newest(), access)

    def _newest(self) -> Snapshot:
        found = self._follower.snapshot()
        if not found.size and not self._spared:
            self._spared = True
            if self._count() > FEW:
                return found
        self._recent.get()
        return self._follower.snapshot()

    def position(self) -> Seq:
        """Answer the seq that the newest snapshot is of."""
        self._recent.position()
        return self._follower.position()

    def node(self, name: int) -> int | None:
        """Answer the entity's node for a name, None where no passage has it."""
        return self._follower.node(name)

    def refresh(self) -> None:
        """Bring the snapshot to the head of the log now."""
        self._recent.refresh()

    def close(self) -> None:
        """Wait for what is being read, and read no more."""
        self._recent.close()

    def _read(self, _: Connection, __: None) -> None:
        self._follower.refresh()
