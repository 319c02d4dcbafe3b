"""Look after documents that were held because they look like attacks on language models."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from api.platform import Platform
from api.protecting import quarantine_of
from foundation.errors import InvalidInput
from ingest.pipeline import IngestReport
from knowledge.model import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingest.model import Record
    from ingest.quarantine import Held as HeldDocument


class Ingest(Protocol):
    """Takes documents in, as the door does."""

    def __call__(
        self,
        target: list[Record],
        *,
        collection: str,
        actor: str,
        on_result: Callable[[Result], None],
    ) -> IngestReport:
        """Take them in."""
        ...


class Holding:
    """The quarantine: see what waits, let it in, or throw it away."""

    def __init__(self, platform: Platform, ingest: Ingest) -> None:
        self._platform = platform
        self._quarantine = quarantine_of(platform.parts.home.path)
        self._ingest = ingest

    def __iter__(self) -> Iterator[HeldDocument]:
        """Go through all that waits, in order of names."""
        return self._quarantine.held()

    def list(self, *, after: str = "", limit: int = 100) -> Sequence[HeldDocument]:
        """List a page of what waits, in order of names.

        Args:
            after: the last name of the page before.
            limit: at most so many.
        """
        return list(islice(self._quarantine.held(after), limit))

    def show(self, name: str) -> HeldDocument:
        """Answer what is held under a name.

        Raises:
            NotFound: nothing is.
        """
        return self._quarantine.show(name)

    def release(self, name: str, *, actor: str = "user") -> Result:
        """Take a held document in, now and whenever it comes again unchanged.

        Raises:
            NotFound: nothing is held under the name.
            Conflict: opened read-only, or another writer did not end in time; it stays held.
            InvalidInput: it can't be taken in, whoever lets it through; it stays held.
        """
        self._platform.require_ownership()
        collection, record = self._quarantine.let_through(name)
        results: list[Result] = []
        self._ingest([record], collection=collection, actor=actor, on_result=results.append)
        (result,) = results
        if result.outcome is Outcome.FAILED:
            raise InvalidInput(f"{name} can't be taken in, and stays held: {result.reason}")
        self._quarantine.discard(name)
        return result

    def discard(self, name: str) -> None:
        """Throw a held document away; it is held again when it comes again.

        Raises:
            NotFound: nothing is held under the name.
            Conflict: opened read-only.
        """
        self._platform.require_ownership()
        self._quarantine.discard(name)
