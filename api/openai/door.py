"""Everything behind the routes that OpenAI's clients call, put together over one home."""

from __future__ import annotations

from api.knowledge_base import KnowledgeBase
from api.openai.attaching import Attaching
from api.openai.books import Books
from api.openai.filing import Filing
from api.openai.placing import Placing
from api.openai.shelving import Shelving
from api.openai.worker import Worker


class OpenAIDoor:
    """The services of these routes, and the thread that takes files in."""

    def __init__(self, base: KnowledgeBase, *, file_quota_bytes: int) -> None:
        """Put them together.

        Args:
            base: over what.
            file_quota_bytes: what the files of one principal may hold, all together.
        """
        parts = base.platform.parts
        self._base = base
        self.books = Books.over(parts.database, parts.clock)
        attaching = Attaching(base, self.books)
        self._worker = Worker(attaching.step)
        self.filing = Filing(self.books, parts.max_document_bytes, file_quota_bytes)
        self.shelving = Shelving(self.books, self.resume)
        self.placing = Placing(self.books, attaching, self._worker.notify)

    def resume(self) -> None:
        """Go on with what waits, and end what has expired; who reads only leaves it."""
        if self._base.platform.follows:
            self._worker.notify()

    def stop(self) -> None:
        """Take no more in; what waits then goes on with the next server."""
        self._worker.stop()
