"""Files on their way into stores: ingested as by those who attached them, a group at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import structlog

from api.admitting import admission
from api.knowledge_base import KnowledgeBase
from api.openai.attributes import metadata_of
from api.openai.books import Books
from api.platform import WORDS
from api.restricted import seen_by
from foundation.errors import Forbidden, GuildError, InvalidInput, NotFound, Unparsable
from ingest.chunking import Chunker
from ingest.model import Record
from ingest.parsers.registry import choose_format
from ingest.uploads.files import Files
from ingest.uploads.model import Attachment, ChunkSizes, Finish
from knowledge.model import Outcome, Result

_log = structlog.get_logger(__name__)

_FILES_AT_ONCE: Final = 32
_BYTES_AT_ONCE: Final = 16_000_000
_AWAITED: Final = (*WORDS, "embedder", "exact")
_PATIENCE_SECONDS: Final = 10.0
"""How long a file waits to be found by its meaning, too, before it is called completed."""
_SMALL: Final = 40

UNSUPPORTED: Final = "unsupported_file"
INVALID: Final = "invalid_file"
FAULT: Final = "server_error"


class Attaching:
    """Fulfils wishes for files in stores, and ends what has expired.

    All of it may be done twice: what is ingested once more is unchanged.
    """

    def __init__(self, base: KnowledgeBase, books: Books) -> None:
        self._base = base
        self._books = books

    def step(self) -> bool:
        """Take in the group that waits longest; answer whether there was one.

        Raises:
            Conflict, Unavailable: the truth can't be written now; the files go on waiting.
        """
        self.sweep()
        waiting = self._books.contents.pending(_FILES_AT_ONCE)
        if not waiting:
            return False
        group = _affordable(waiting)
        self.take_in(group, patient=len(group) == len(waiting) < _FILES_AT_ONCE)
        return True

    def take_in(self, group: Sequence[Attachment], *, patient: bool = True) -> None:
        """Ingest files of one store, one wisher and one cut, and note what became of them.

        Args:
            group: the files.
            patient: whether to wait until they are found by their meaning, too.

        Raises:
            Conflict, Unavailable: the truth can't be written now; the files go on waiting.
        """
        first = group[0]
        try:
            done = self._ingested(group)
            self._settle(first.store_id, patient=patient)
        except (InvalidInput, NotFound, Forbidden) as error:
            done = _failed(group, INVALID, str(error))
        except GuildError:
            raise
        except Exception as error:  # noqa: BLE001 - strange files must not stop all the others
            _log.exception("attach.failed", store_id=first.store_id)
            done = _failed(group, FAULT, f"a fault of the program ({type(error).__name__})")
        if unwanted := self._books.attachments.finish(done):
            seen = seen_by(self._base, first.rights)
            remove(seen, first.collection, [each.file_id for each in unwanted], first.actor)

    def sweep(self) -> None:
        """Delete the documents of stores and files whose time has run out."""
        books = self._books
        for store in books.stores.overdue():
            for page in books.contents.pages(store.id, expired=True):
                remove(self._base, store.collection, _documents(page), "expiry")
            books.stores.expire(store.id)
        for file_id in books.files.expired():
            for place in books.contents.of_file(file_id):
                remove(self._base, place.collection, _documents([place]), "expiry")
                books.attachments.detach(place.store_id, [file_id])
        books.files.sweep()

    def _ingested(self, group: Sequence[Attachment]) -> list[Finish]:
        first = group[0]
        seen = seen_by(self._base, first.rights)
        source = _Uploads(self._books.files, group)
        results: dict[str, Result] = {}
        pipeline = self._base.platform.parts.pipeline
        if first.sizes:
            pipeline = pipeline.cut_by(chunker_of(first.sizes))
        pipeline.run(
            source,
            first.collection,
            actor=first.actor,
            admit=admission(seen.platform, first.collection),
            on_result=lambda result: results.update({result.source_id: result}),
        )
        return [_finish(each, results[each.file_id], source.unsupported) for each in group]

    def _settle(self, store_id: str, *, patient: bool) -> None:
        platform = self._base.platform
        platform.settle()
        if patient and not platform.wait(_AWAITED, timeout_seconds=_PATIENCE_SECONDS):
            _log.info("attach.found_by_words_alone", store_id=store_id)


class _Uploads:
    """Uploaded files as a source; notes those that no parser reads."""

    def __init__(self, files: Files, group: Sequence[Attachment]) -> None:
        self._files = files
        self._group = group
        self.unsupported: set[str] = set()

    def records(self) -> Iterator[Record]:
        for each in self._group:
            data = self._files.read(each.file_id)
            try:
                choose_format(each.filename, data, each.media_type)
            except Unparsable:
                self.unsupported.add(each.file_id)
            yield Record(
                each.file_id,
                data=data,
                name=each.filename,
                media_type=each.media_type,
                metadata=metadata_of(each.filename, each.attributes),
            )

    def count(self) -> int:
        return len(self._group)


def chunker_of(sizes: ChunkSizes) -> Chunker:
    """Cut so that no passage is larger than asked for, what it repeats of the last one included.

    It repeats whole sentences: as much as asked for at the most, and no more than half of what is
    new in a passage.
    """
    target = sizes.tokens - sizes.overlap
    overlap = min(sizes.overlap, target // 2)
    return Chunker(target, sizes.tokens, overlap, small=min(_SMALL, target))


def remove(base: KnowledgeBase, collection: str, file_ids: Sequence[str], actor: str) -> None:
    """Delete the documents that files became; their history stays until it is purged.

    Raises:
        Conflict, Unavailable: the truth can't be written now.
    """
    if file_ids:
        gone = [Record(file_id, deleted=True) for file_id in file_ids]
        base.ingest(gone, collection=collection, actor=actor)


def _finish(each: Attachment, result: Result, unsupported: set[str]) -> Finish:
    if result.outcome is not Outcome.FAILED:
        return Finish(each, document_id=result.document_id)
    code = UNSUPPORTED if each.file_id in unsupported else INVALID
    return Finish(each, error_code=code, error=result.reason)


def _failed(group: Sequence[Attachment], code: str, reason: str) -> list[Finish]:
    return [Finish(each, error_code=code, error=reason) for each in group]


def _affordable(waiting: Sequence[Attachment]) -> Sequence[Attachment]:
    """Answer as many of the first as fit into the memory that a group may take; at least one."""
    total, group = 0, list[Attachment]()
    for each in waiting:
        total += each.bytes
        if group and total > _BYTES_AT_ONCE:
            break
        group.append(each)
    return group


def _documents(places: Sequence[Attachment]) -> list[str]:
    return [each.file_id for each in places if each.document_id]
