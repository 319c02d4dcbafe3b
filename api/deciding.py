"""What waits for people and what they decided, from Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from api.limits import checked
from api.platform import Platform
from api.views import table
from foundation.errors import Conflict, InvalidInput, NotFound, Unavailable
from knowledge.classification.model import DocumentKind, Facet, Label, Quality
from knowledge.curation import ACCEPTED, KINDS, LABELLED, REJECTED, SETTLED, Decision
from knowledge.curation_log import export_lines, replay_lines
from knowledge.graph.joining import suggestions
from knowledge.graph.model import Link
from knowledge.labelling import Labelled, document_key
from knowledge.patterns.model import Pattern, PatternKind
from knowledge.patterns.store import pattern_history, read_patterns

_SHOWN: Final = 25


class Curating:
    """What waits for people, what they decided, and the log of it that can be replayed."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._curation = platform.parts.knowing.curation
        self._labelling = platform.parts.knowing.labelling

    def decisions(
        self,
        *,
        kind: str | None = None,
        current: bool = True,
        after: int = 0,
        limit: int | None = None,
    ) -> Sequence[Decision]:
        """List decisions after a seq, oldest first; with `current` only those that hold.

        Raises:
            InvalidInput: there is no such kind.
        """
        if kind is not None and kind not in KINDS:
            raise InvalidInput(f"{kind[:80]!r} is no kind of decision: {', '.join(KINDS)}")
        return self._curation.list(kind=kind, current=current, after=after, limit=limit)

    def duplicate_entities(self, *, limit: int = 50, meaning: bool = False) -> Sequence[Link]:
        """List names that may be one entity, the surest first.

        Args:
            limit: at most so many.
            meaning: compare the embeddings of names too (it takes some seconds the first time).
        """
        known = self._platform.parts.knowing.meaning() if meaning else None
        with self._platform.parts.database.read() as connection:
            return suggestions(connection, known.embed if known else None)[: checked(limit)]

    def contradictions(self, *, settled: bool = False) -> Sequence[Pattern]:
        """List contradictions and outdated statements; settled ones only if asked for."""
        held = self._curation.list(kind=SETTLED)
        done = {(decision.subject, decision.data.get("statement")) for decision in held}
        with self._platform.parts.database.read() as connection:
            found = read_patterns(connection, kinds=[PatternKind.CONTRADICTION])
        return [p for p in found if p.support and (settled or (p.key, p.statement) not in done)]

    def low_quality(self, *, limit: int = 50) -> Sequence[Labelled]:
        """List documents that say little or can hardly be read, the surest first."""
        return self._labelling.having(Facet.QUALITY, limit=checked(limit))

    def orphans(self, *, limit: int = 50) -> Sequence[str]:
        """List entities that nothing else is named with: noise, or something not yet told of."""
        return self._platform.parts.knowing.explorer.orphans(most=checked(limit))

    def labels(self, document: str, *, collection: str | None = None) -> Sequence[Label]:
        """Answer what a document is: its kind, language, topics and flaws."""
        found = self._platform.parts.library.find(document, collection=collection)
        return self._labelling.labels(found)

    def quality(self, document: str, *, collection: str | None = None) -> Quality:
        """Measure a document: its length, how much is boilerplate, how easily it reads."""
        library = self._platform.parts.library
        found = library.get(library.find(document, collection=collection))
        version = library.version(found.id, found.version)
        return self._platform.parts.knowing.quality(version.title, version.text)

    def having(
        self, facet: str, value: str | None = None, *, limit: int = 100
    ) -> Sequence[Labelled]:
        """List documents with a label, such as `having("kind", "incident")`."""
        return self._labelling.having(facet, value, limit=checked(limit))

    def label(
        self,
        document: str,
        facet: str,
        value: str,
        *,
        collection: str | None = None,
        actor: str = "user",
    ) -> Decision:
        """Say what a document is; it goes before the machine's word and teaches it."""
        self._platform.require_ownership()
        if facet == Facet.KIND and value not in list(DocumentKind):
            known = ", ".join(kind.value for kind in DocumentKind)
            raise InvalidInput(f"{value[:80]!r} is no kind of document: {known}")
        Label(facet, value, 1.0, "user")
        library = self._platform.parts.library
        found = library.get(library.find(document, collection=collection))
        key = document_key(found.collection, found.source_id)
        return self._curation.decide(LABELLED, key, facet, {"value": value}, actor=actor)

    def merge(self, first: str, second: str, *, actor: str = "user") -> Decision:
        """Say that two names are of one entity.

        Raises:
            NotFound: no passage has one of them.
        """
        self._require(first, second)
        return self._curation.merge(first, second, actor=actor)

    def keep_apart(self, first: str, second: str, *, actor: str = "user") -> Decision:
        """Say that two names are not of one entity."""
        self._require(first, second)
        return self._curation.keep_apart(first, second, actor=actor)

    def split(self, name: str, *, actor: str = "user") -> Sequence[Decision]:
        """Take a name out of its entity."""
        self._require(name)
        return self._curation.split(name, actor=actor)

    def rename(self, name: str, label: str, *, actor: str = "user") -> Decision:
        """Give an entity the label that people shall see."""
        self._require(name)
        return self._curation.rename(name, label, actor=actor)

    def settle(self, key: str, note: str = "", *, actor: str = "user") -> Decision:
        """Say that a contradiction was looked into; it is listed no more, unless it says more.

        Raises:
            NotFound: there never was one with this key.
        """
        self._platform.require_ownership()
        with self._platform.parts.database.read() as connection:
            found = pattern_history(connection, key)
        if not found or found[-1].kind is not PatternKind.CONTRADICTION:
            raise NotFound(f"there is no contradiction {key[:200]!r}")
        data = {"note": note, "statement": found[-1].statement}
        return self._curation.decide(SETTLED, key, "", data, actor=actor)

    def undo(self, seq: int, *, actor: str = "user") -> Decision:
        """Take a decision back: what was decided before counts again, else the machine's word."""
        self._platform.require_ownership()
        undone = self._curation.undo(seq, actor=actor)
        if undone.kind in (ACCEPTED, REJECTED):
            self._platform.parts.knowing.learner.restate(undone.subject)
        return undone

    def log(self) -> Iterator[str]:
        """Go through all that people decided, in order: a JSON object each."""
        return export_lines(self._platform.parts.database)

    def export(self, path: str | Path) -> int:
        """Write the curation log to a new file, one decision a line; answers how many.

        Raises:
            Conflict: the file exists.
            Unavailable: it can't be written.
        """
        lines = list(self.log())
        try:
            with Path(path).open("x", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
        except FileExistsError as error:
            raise Conflict(f"{path} exists: an export never overwrites, name another") from error
        except OSError as error:
            raise Unavailable(f"{path} can't be written: {error.strerror or error}") from error
        return len(lines)

    def replay(self, source: str | Path | Iterable[str]) -> Mapping[str, int]:
        """Take a curation log in; what holds already is left alone."""
        self._platform.require_ownership()
        parts = self._platform.parts
        lines = _lines_of(source) if isinstance(source, str | Path) else source
        done = replay_lines(lines, self._curation, parts.knowledge, parts.database)
        self._platform.settle()
        return dict(done)

    def _require(self, *names: str) -> None:
        """Refuse names that no passage has: a slip of the pen would be kept for good."""
        self._platform.require_ownership()
        store = self._platform.parts.knowing.explorer.store
        for name in names:
            store.entity(name)

    def _repr_html_(self) -> str:
        rows: list[dict[str, Any]] = [
            {
                "waits": "entities that may be one",
                "number": len(self.duplicate_entities(limit=999)),
            },
            {"waits": "contradictions", "number": len(self.contradictions())},
            {"waits": "documents of low quality", "number": len(self.low_quality(limit=999))},
        ]
        return table(rows, caption=f"{len(self.decisions())} decisions hold")


def _lines_of(path: str | Path) -> list[str]:
    try:
        return Path(path).read_text("utf-8").split("\n")  # U+2028 may stand in a line
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8: {error}") from error
    except OSError as error:
        raise NotFound(f"{path} can't be read: {error.strerror or error}") from error
