"""The graph for those who may see only some documents: read from these, as if they were all."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import Connection

from foundation.database.engine import Database
from foundation.security.policy import Access
from knowledge.graph.explorer import Explorer
from knowledge.graph.follower import GraphFollower
from knowledge.graph.seen import seen
from knowledge.graph.store import GraphStore
from knowledge.log import NOW, AsOf
from knowledge.reading import changed_attributes
from retrieval.attributes import Attributes
from retrieval.rights import both


class PartialGraphs:
    """Explores the graph for each set of rights, and keeps those that asked last.

    A graph in memory is built when somebody first asks what needs one, and follows the log from
    there, as long as what happens only adds documents to those that they see; where rights or
    labels move, or a document goes, it is built anew. What others write costs nothing.
    """

    def __init__(self, database: Database, attributes: Attributes, *, kept: int = 8) -> None:
        """Begin with none.

        Args:
            database: the truth.
            attributes: tells who sees which documents.
            kept: for how many sets of rights, each of which takes memory.
        """
        self._database = database
        self._attributes = attributes
        self._kept = kept
        self._lock = threading.Lock()
        self._explorers: OrderedDict[Access, Explorer] = OrderedDict()

    def explorer(self, access: Access) -> Explorer:
        """Answer what somebody's questions to the graph go to."""
        with self._lock:
            found = self._explorers.get(access)
            if found is None:
                found = self._explorers[access] = self._made(access)
                while len(self._explorers) > self._kept:
                    self._explorers.popitem(last=False)
            self._explorers.move_to_end(access)
            return found

    def forget(self) -> None:
        """Keep no name in memory: something was purged, and who asks no more follows no more."""
        with self._lock:
            self._explorers.clear()

    def _made(self, access: Access) -> Explorer:
        look, database = partial(self._look, access), self._database
        store, follower = GraphStore(database, look), GraphFollower(database, look)
        return Explorer(database, store, follower, look)

    @contextmanager
    def _look(self, access: Access, at: AsOf) -> Iterator[tuple[Connection, AsOf]]:
        """Read what somebody sees now, and saw at the moment, of the state that is read.

        Who sees what is known in memory, up to some change; what happened since is read in the
        same transaction as all else. So nobody sees a text that was written together with a label
        which they don't hold.
        """
        now, reached = self._attributes.rights()
        then = None if at == NOW else self._attributes.rights(at)[0].visible(access)
        with self._database.read() as connection:
            newest = now.updated(changed_attributes(connection, reached))
            visible = newest.visible(access)
            yield connection, seen(at, visible if then is None else both(visible, then))
