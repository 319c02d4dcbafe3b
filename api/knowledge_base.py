"""The Python door: one object for scripts, notebooks, the command line and the HTTP app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from api.curating import Documents, DuplicateGroups
from api.platform import Platform
from api.views import SearchView
from foundation.clock import Micros
from foundation.errors import Conflict
from ingest.model import Record, Source
from ingest.pipeline import IngestReport, Progress
from knowledge.model import Result
from retrieval.doctor import Finding
from retrieval.following import Lag

DEFAULT_COLLECTION = "default"


@dataclass(frozen=True, slots=True)
class Status:
    """What the home holds, and how far each follower is behind the truth."""

    counts: Mapping[str, int]
    seq: int
    followers: Sequence[Lag]
    held_by: str


@dataclass(frozen=True, slots=True)
class _Given:
    """Records that a program already holds."""

    given: Iterable[Record]

    def records(self) -> Iterator[Record]:
        return iter(self.given)

    def count(self) -> int | None:
        return len(self.given) if isinstance(self.given, Sequence) else None


class KnowledgeBase:
    """Everything the platform does, for Python.

    >>> from api import KnowledgeBase
    >>> with KnowledgeBase.open("my-knowledge") as kb:  # doctest: +SKIP
    ...     kb.ingest("docs/")
    ...     kb.search("how do I install it?")
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.documents = Documents(platform)
        self.duplicates = DuplicateGroups(platform)

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        read_only: bool = False,
        background: bool = True,
        **settings: Any,
    ) -> KnowledgeBase:
        """Open a home, making it where it is new.

        Args:
            path: the home's folder; ELDERS_HOME by default.
            read_only: only search and read; works while another process holds the home.
            background: follow the change log in threads; without them the indexes are brought up
                to date by each call, and nothing is embedded.
            **settings: override any setting by its name, such as `embedder="hashing"`.

        Raises:
            Conflict: another process holds the home (and `read_only` is False).
        """
        from api.wiring import open_platform

        platform = open_platform(path, follow=not read_only, overrides=settings)
        if background:
            platform.start()
        return cls(platform)

    @property
    def platform(self) -> Platform:
        """The parts behind this door, for the other doors."""
        return self._platform

    def close(self) -> None:
        """Stop following and give the home back."""
        self._platform.close()

    def __enter__(self) -> Self:
        """Enter a `with` block that ends with `close`."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def ingest(
        self,
        target: str | Path | Source | Iterable[Record],
        *,
        collection: str = DEFAULT_COLLECTION,
        wait: bool = False,
        actor: str = "ingest",
        on_result: Callable[[Result], None] = lambda _: None,
        on_progress: Callable[[Progress], None] = lambda _: None,
        **options: Any,
    ) -> IngestReport:
        """Take documents in; when this returns they are durable and found by their words.

        Args:
            target: a file, a folder, a `.jsonl` file, a URL, a git repository (with
                `history=True`), a source, or records.
            collection: where they go; made where it is new.
            wait: also wait until they are embedded and found by meaning.
            actor: who is recorded in the change log.
            on_result: called with each record's outcome, in order.
            on_progress: called often.
            **options: for the source, such as `include=["*.md"]` or `history=True`.
        """
        source = self._source(target, options)
        self._require_ownership()
        report = self._platform.parts.pipeline.run(
            source, collection, actor=actor, on_result=on_result, on_progress=on_progress
        )
        if wait:
            self._platform.wait()
        else:
            self._platform.settle()
        return report

    def add(
        self,
        text: str,
        *,
        source_id: str,
        title: str = "",
        metadata: Mapping[str, Any] | None = None,
        collection: str = DEFAULT_COLLECTION,
        author: str = "",
        time: Micros | None = None,
    ) -> Result:
        """Take one text in; the same `source_id` again makes a new version of it."""
        record = Record(
            source_id, text=text, title=title, metadata=metadata or {}, author=author, time=time
        )
        results: list[Result] = []
        self.ingest([record], collection=collection, on_result=results.append)
        return results[0]

    def search(self, query: str, **options: Any) -> SearchView:
        """Find passages; see `Platform.search` for the options (k, filter, as_of, …)."""
        return SearchView(self._platform.search(query, **options))

    def status(self) -> Status:
        """Tell what there is and how far the followers are."""
        parts = self._platform.parts
        holder = "" if self._platform.follows else parts.holder()
        return Status(
            parts.library.statistics(), self._platform.head(), parts.followers.lags(), holder
        )

    def wait(
        self,
        *,
        timeout_seconds: float | None = None,
        on_lag: Callable[[Sequence[Lag]], None] = lambda _: None,
    ) -> bool:
        """Wait until every follower has caught up; False where the time ran out."""
        self._require_ownership()
        return self._platform.wait(timeout_seconds=timeout_seconds, on_lag=on_lag)

    def doctor(self, *, repair: bool = False) -> list[Finding]:
        """Compare all followers with the truth; with `repair`, rebuild what is wrong first."""
        self._require_ownership()
        self._platform.wait()
        doctor = self._platform.parts.doctor
        findings = doctor.examine()
        if repair and doctor.repair(findings):
            self._platform.wait()
            findings = doctor.examine()
        return findings

    def _source(
        self, target: str | Path | Source | Iterable[Record], options: Mapping[str, Any]
    ) -> Source:
        if isinstance(target, str | Path):
            from ingest.sources.open import open_source

            return open_source(str(target), **options)
        if hasattr(target, "records"):
            return target
        return _Given(target)

    def _require_ownership(self) -> None:
        if not self._platform.follows:
            raise Conflict("this knowledge base was opened read-only: open it without read_only")
