"""The part of the graph that somebody may see: as if other documents did not exist."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from foundation.database.engine import Database
from foundation.database.schema import chunks, documents
from foundation.ids import ChunkId, DocumentId, Seq
from foundation.security.policy import Access
from knowledge.graph.snapshot import NodeKind, Snapshot

_KEPT: Final = 8

Visible = Callable[[Access], NDArray[np.bool_]]
"""Answers which documents somebody may see, by their numbers."""


class SeenGraphs:
    """Makes parts of snapshots, and keeps those that were asked for last.

    Of a graph with four million edges a part takes a tenth of a second; it holds as long as
    neither the snapshot nor anybody's rights change.
    """

    def __init__(self, database: Database, visible: Visible) -> None:
        """Take where documents' numbers are, and what tells who sees which."""
        self._database = database
        self._visible = visible
        self._lock = threading.Lock()
        self._numbers: dict[DocumentId | ChunkId, int] = {}
        self._read_to = 0, 0
        self._parts: OrderedDict[tuple[Seq, int, bytes], Snapshot] = OrderedDict()

    def part(self, whole: Snapshot, access: Access) -> Snapshot:
        """Answer what somebody may see of a snapshot: nodes keep their numbers."""
        if access == Access.everything or not whole.size:
            return whole
        visible = self._visible(access)
        # A graph that was built anew numbers its nodes anew, perhaps at the same change. A part
        # holds on to its nodes, so that no others are taken for them.
        key = whole.seq, id(whole.nodes), visible.tobytes()
        with self._lock:
            found = self._parts.get(key)
            if found is None:
                found = self._parts[key] = whole.within(self._kept(whole, visible))
                while len(self._parts) > _KEPT:
                    self._parts.popitem(last=False)
            self._parts.move_to_end(key)
            return found

    def _kept(self, whole: Snapshot, visible: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell which nodes may be seen: all entities, the visible documents, and their chunks."""
        self._read()
        kept: NDArray[np.bool_] = whole.kinds == NodeKind.ENTITY
        known: Mapping[Any, int] = self._numbers
        for kind in (NodeKind.DOCUMENT, NodeKind.CHUNK):
            nodes = np.flatnonzero(whole.kinds == kind)
            of = np.array([known.get(whole.key(node), -1) for node in nodes.tolist()], np.int64)
            inside = (of >= 0) & (of < visible.size)
            kept[nodes[inside][visible[of[inside]]]] = True
        return kept

    def _read(self) -> None:
        """Read whose new chunks are: chunks and documents get their numbers once and for all."""
        document, chunk = self._read_to
        named = select(documents.c.id, documents.c.number)
        owned = select(chunks.c.id, documents.c.number).join(
            documents, documents.c.id == chunks.c.document_id
        )
        with self._database.read() as connection:
            for name, number in connection.execute(named.where(documents.c.number > document)):
                self._numbers[DocumentId(name)] = number
                document = max(document, number)
            for name, number in connection.execute(owned.where(chunks.c.id > chunk)):
                self._numbers[ChunkId(name)] = number
                chunk = max(chunk, name)
        self._read_to = document, chunk
