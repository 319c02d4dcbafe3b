"""The Python door: one object for scripts, notebooks, the command line and the HTTP app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from api.admitting import admission
from api.answering import Answering
from api.curating import Documents
from api.deciding import Curating
from api.feedback import Judging
from api.graphing import Graph
from api.grouping import DuplicateGroups
from api.holding import Holding
from api.jobs import Jobs
from api.learned import Patterns
from api.listing import Listing
from api.platform import Platform
from api.status import Status
from api.targets import Target, source_of
from api.views import SearchView, table
from foundation.clock import Micros
from foundation.errors import GuildError, Unavailable
from ingest.batching import Within
from ingest.model import Record
from ingest.pipeline import IngestReport, Progress
from knowledge.analysis import excerpt
from knowledge.extraction.budget import Estimate
from knowledge.graph.recording import stored_excerpts
from knowledge.model import Result
from retrieval.doctor import Finding
from retrieval.embedders.model import Embedder
from retrieval.following import Lag

DEFAULT_COLLECTION: Final = "default"


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
        self.collections = Listing(platform).collections
        self.quarantine = Holding(platform, self.ingest)
        self.duplicates = DuplicateGroups(platform)
        self.graph = Graph(platform)
        self.patterns = Patterns(platform)
        self.curation = Curating(platform)
        self.feedback = Judging(platform)
        self.answer = Answering(platform)
        self.cache = platform.cache
        self.jobs = Jobs(self)

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        read_only: bool = False,
        background: bool | Sequence[str] = True,
        create: bool = True,
        embedder: str | Embedder | None = None,
        patience_seconds: float | None = None,
        **settings: Any,
    ) -> KnowledgeBase:
        """Open a home, making it where it is new.

        Args:
            path: the home's folder; ELDERS_HOME by default.
            read_only: only search and read; works while another process holds the home.
            background: follow the change log in threads (or only these followers); without them
                the indexes are brought up to date by each call, and nothing is embedded before
                `wait`.
            create: make the home where there is none.
            embedder: a name from the registry, or an object of your own, such as
                `retrieval.embedders.langchain.LangChainEmbedder(…)`.
            patience_seconds: how long to wait for another process that holds the home; by default
                the setting `lock_timeout_seconds`.
            **settings: override any setting by its name, such as `dense_weight=0.5`.

        Raises:
            Conflict: another process holds the home (and `read_only` is False).
            NotFound: there is no such home, and it is not to be made.
            InvalidInput: a setting is wrong.
        """
        from api.wiring import open_platform

        if isinstance(embedder, str):
            settings["embedder"], embedder = embedder, None
        platform = open_platform(
            path,
            follow=not read_only,
            create=create,
            embedder=embedder,
            patience_seconds=patience_seconds,
            overrides=settings,
        )
        if background:
            platform.start(() if background is True else background)
        return cls(platform)

    @property
    def platform(self) -> Platform:
        """The parts behind this door, for the other doors."""
        return self._platform

    def close(self) -> None:
        """Stop following and give the home back."""
        self.jobs.stop()
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
        """Close; what went wrong before is not hidden by what goes wrong now."""
        if error is None:
            self.close()
            return
        with suppress(GuildError):
            self.close()

    def ingest(
        self,
        target: Target,
        *,
        collection: str = DEFAULT_COLLECTION,
        wait: bool = False,
        actor: str = "ingest",
        within: Within = lambda _connection, _numbered: None,
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
            within: writes more in the transactions that make outcomes durable.
            on_result: called with each record's outcome, in order.
            on_progress: called often.
            **options: for the source, such as `include=["*.md"]` or `history=True`.

        Raises:
            InvalidInput: there is no such target, or a bad option or collection.
            Conflict: opened read-only, or another writer did not end in time.
            Unavailable: the store refuses (a full disk), or with `wait` the embedder does. What
                `on_result` was called with is durable.
        """
        self._platform.require_ownership()
        admit = admission(self._platform, collection)
        most = self._platform.parts.max_document_bytes
        source = source_of(target, options, max_bytes=most, hosts=self._platform.hosts)
        report = self._platform.parts.pipeline.run(
            source, collection, actor=actor, on_result=on_result, on_progress=on_progress,
            admit=admit, within=within,
        )  # fmt: skip
        if not wait:
            self._platform.settle()
        elif not self._platform.wait():
            stuck = next(lag for lag in self.lags() if lag.error)
            raise Unavailable(f"accepted, but {stuck.name} can't go on: {stuck.error}")
        return report

    def estimate(self, target: Target | None = None, **options: Any) -> Estimate:
        """Say what a language model would cost to read a target, or all that is stored.

        Nothing is written and no model is asked. Without one (setting `extractor`) it costs
        nothing, and only the passages are counted.

        Args:
            target: as for `ingest`; None means every passage that is there.
            **options: as for `ingest`: history, include, dated_by, prefix …

        Raises:
            NotFound, InvalidInput: the target can't be read.
        """
        parts = self._platform.parts
        if target is None:
            return parts.extraction.estimate(stored_excerpts(parts.database))
        source = source_of(
            target, options, max_bytes=parts.max_document_bytes, hosts=self._platform.hosts
        )
        drafts = parts.pipeline.drafts(source)
        return parts.extraction.estimate(
            excerpt(d.source_id, d.title, span.heading, d.text[span.start : span.end])
            for d in drafts
            for span in d.spans
        )

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

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        collections: Sequence[str] | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the field's common name
        as_of: str | int | None = None,
        mode: str = "default",
        filtering: bool = True,
        diversity: float = 0.0,
        per_source: int | None = None,
        fresh: bool = False,
    ) -> SearchView:
        """Find passages; `Platform.search` says what each argument means."""
        found = self._platform.search(
            query, k=k, collections=collections, filter=filter, as_of=as_of, mode=mode,
            filtering=filtering, diversity=diversity, per_source=per_source, fresh=fresh,
        )  # fmt: skip
        return SearchView(found)

    def status(self) -> Status:
        """Tell what there is and how far the followers are."""
        parts = self._platform.parts
        holder = "" if self._platform.follows else parts.holder()
        lags = parts.followers.lags()
        return Status(parts.library.statistics(), self._platform.head(), lags, holder)

    def lags(self) -> Sequence[Lag]:
        """Tell how far each follower is behind the truth."""
        return self._platform.parts.followers.lags()

    def wait(
        self,
        *,
        timeout_seconds: float | None = None,
        on_lag: Callable[[Sequence[Lag]], None] = lambda _: None,
    ) -> bool:
        """Wait until every follower has caught up.

        Returns:
            False where the time ran out or a follower can't go on: see `status`.
        """
        return self._platform.wait(timeout_seconds=timeout_seconds, on_lag=on_lag)

    def doctor(self, *, repair: bool = False) -> list[Finding]:
        """Compare all followers with the truth; with `repair`, rebuild what is wrong first."""
        self._platform.wait()
        doctor = self._platform.parts.doctor
        findings = doctor.examine()
        if repair:
            self._platform.parts.database.reclaim()
            if doctor.repair(findings):
                self._platform.wait()
                findings = doctor.examine()
        return findings

    def __repr__(self) -> str:
        """Name the home."""
        mode = "" if self._platform.follows else ", read-only"
        return f"<KnowledgeBase {self._platform.parts.home.path}{mode}>"

    def _repr_html_(self) -> str:
        status = self.status()
        behind = {f"{lag.name} behind": lag.behind for lag in status.followers}
        return table([{**status.counts, **behind}], caption=str(self._platform.parts.home.path))
