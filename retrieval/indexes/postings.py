"""One generation of the lexical index: a tantivy index in a folder, with its position."""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from foundation.ids import ChunkId, Seq
from knowledge.follower import PositionFile
from knowledge.model import Chunk
from retrieval.indexes.analysis import ANALYSIS, Analyser

if TYPE_CHECKING:
    from tantivy import Document, Index, IndexWriter, Schema, Searcher

CHUNK: Final = "chunk"
DOCUMENT: Final = "document"
VALID_FROM: Final = "valid_from"
VALID_TO: Final = "valid_to"
TIME_FROM: Final = "time_from"
TIME_TO: Final = "time_to"
WORDS: Final = "words"
PAIRS: Final = "pairs"
GRAMS: Final = "grams"

_INTEGERS: Final = (CHUNK, DOCUMENT, VALID_FROM, VALID_TO, TIME_FROM, TIME_TO)
_TEXTS: Final = (WORDS, PAIRS, GRAMS)

_TITLE_WEIGHT: Final = 4
"""How often a title's terms count: 4 was better than 2 on each of six training sets."""

_HEAP_BYTES: Final = 64_000_000
_TOKENIZER: Final = "terms"
_RESIDUE: Final = "residue"
_FOOTER: Final = struct.Struct("<II")
_FOOTER_MAGIC: Final = 1337


class Postings:
    """The terms of chunks and their intervals, no text; one process may write, many may read.

    Searches see the newest commit, whoever made it. Not safe for two writing threads.
    """

    def __init__(self, folder: Path, analyser: Analyser) -> None:
        """Open what `create` made.

        Raises:
            OSError, ValueError: files are absent or damaged.
        """
        from tantivy import Index

        self.folder = folder
        self.index: Index = Index.open(str(folder))
        _prepare(self.index)
        self.schema: Schema = self.index.schema
        self._analyser = analyser
        self._position = PositionFile(folder / "position.json")
        self._writer: IndexWriter | None = None
        self._seen = self._signature()

    @classmethod
    def create(cls, folder: Path, analyser: Analyser) -> Postings:
        """Make an empty index at position 0."""
        from tantivy import Index

        folder.mkdir(parents=True)
        _prepare(Index(_schema(), str(folder)))
        return cls(folder, analyser)

    def searcher(self) -> Searcher:
        """Answer a consistent view of the newest commit.

        Raises:
            OSError, ValueError: files are absent or damaged.
        """
        signature = self._signature()
        if signature != self._seen:
            self.index.reload()
            self._seen = signature
        return self.index.searcher()

    def position(self) -> Seq:
        """Answer the seq up to which everything is applied; 0 for nothing."""
        return self._position.read()

    def replace(self, gone: Sequence[ChunkId], chunks: Iterable[Chunk], upto: Seq) -> None:
        """Take chunks out, put chunks in, commit, and only then move the position.

        Raises:
            OSError, ValueError: the disk refuses; nothing was committed.
        """
        from tantivy import Query

        try:
            if gone:
                writer = self._writing()
                query = Query.term_set_query(self.schema, CHUNK, gone)
                writer.delete_documents_by_query(query)
                for chunk in chunks:
                    writer.add_document(self._document(chunk))
                writer.commit()
        except BaseException:
            self._writer = None  # dropping the writer forgets what it has not committed
            raise
        self._position.write(upto)

    def holds_any(self, chunk_ids: Sequence[ChunkId]) -> bool:
        """Tell whether the files know one of the chunks, be it as one taken out."""
        searcher = self.searcher()
        return any(searcher.doc_freq(CHUNK, chunk_id) for chunk_id in chunk_ids)

    def residue(self) -> bool:
        """Tell whether terms of purged chunks may still lie in the files."""
        return (self.folder / _RESIDUE).exists()

    def mark_residue(self) -> None:
        """Remember that purged terms remain until the index is built anew."""
        (self.folder / _RESIDUE).touch()

    def damage(self) -> list[str]:
        """Compare each file with the checksum in its footer: the names of those that differ."""
        return sorted(path.name for path in self._files() if not _sound(path))

    def close(self) -> None:
        """Let merges end and give the writer up; searches still work."""
        writer, self._writer = self._writer, None
        if writer is not None:
            # What a merge could not write, it leaves as the segments that it was to replace.
            with suppress(OSError, ValueError):
                writer.wait_merging_threads()

    def _writing(self) -> IndexWriter:
        if self._writer is None:
            self._writer = self.index.writer(_HEAP_BYTES, num_threads=1)
            self._clear_unfinished()
        return self._writer

    def _clear_unfinished(self) -> None:
        """Remove lists of deletions that a killed commit left: the next would not replace them.

        Their names hold a number beyond that of the last commit, which a new commit takes again.
        """
        committed = json.loads((self.folder / "meta.json").read_text())["opstamp"]
        for path in self.folder.glob("*.del"):
            opstamp = path.name.split(".")[1]
            if opstamp.isdigit() and int(opstamp) > committed:
                path.unlink()

    def _signature(self) -> tuple[int, int, int]:
        # Each commit renames a new file into place, so the inode differs from the one before.
        status = (self.folder / "meta.json").stat()
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _document(self, chunk: Chunk) -> Document:
        from tantivy import Document

        title = self._analyser.terms(chunk.title)
        heading = self._analyser.terms("\n".join(chunk.heading))
        text = self._analyser.terms(chunk.text)
        parts = (*[title] * _TITLE_WEIGHT, heading, text)
        document = Document()
        document.add_integer(CHUNK, chunk.id)
        document.add_integer(DOCUMENT, chunk.document_number)
        document.add_integer(VALID_FROM, chunk.valid_from)
        document.add_integer(VALID_TO, chunk.valid_to)
        document.add_integer(TIME_FROM, chunk.time_from)
        document.add_integer(TIME_TO, chunk.time_to)
        for name in _TEXTS:
            terms = [term for part in parts for term in getattr(part, name)]
            if terms:
                document.add_text(name, " ".join(terms))
        return document

    def _files(self) -> Iterator[Path]:
        """List the files that the last commit refers to."""
        segments = json.loads((self.folder / "meta.json").read_text())["segments"]
        for segment in segments:
            name = segment["segment_id"].replace("-", "")
            deletes = segment.get("deletes") or {}
            for path in self.folder.glob(f"{name}.*"):
                if path.suffix != ".del" or path.name == f"{name}.{deletes.get('opstamp')}.del":
                    yield path


def generations(folder: Path) -> list[Path]:
    """List the generations made with today's analysis, oldest first."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
    return [folder / name for name in names if name.startswith(f"g{ANALYSIS}.")]


def keep_newest(folder: Path) -> None:
    """Delete all but the newest generation; who has the files open can go on reading them."""
    newest = generations(folder)[-1:]
    for path in folder.glob("g*.*"):
        if path not in newest:
            shutil.rmtree(path, ignore_errors=True)


def next_generation(folder: Path) -> Path:
    """Name the generation that is to follow the newest."""
    existing = generations(folder)
    number = int(existing[-1].name.split(".")[1]) + 1 if existing else 1
    return folder / f"g{ANALYSIS}.{number:08d}"


def _prepare(index: Index) -> None:
    from tantivy import TextAnalyzerBuilder, Tokenizer

    index.register_tokenizer(_TOKENIZER, TextAnalyzerBuilder(Tokenizer.whitespace()).build())
    index.config_reader("manual")


def _schema() -> Schema:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    for name in _INTEGERS:
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in _TEXTS:
        builder.add_text_field(name, tokenizer_name=_TOKENIZER, index_option="freq")
    return builder.build()


def _sound(path: Path) -> bool:
    """Check a file against its footer: body, JSON with the body's CRC-32, its length, a magic."""
    data = path.read_bytes()
    try:
        length, magic = _FOOTER.unpack(data[-_FOOTER.size :])
        body = data[: -_FOOTER.size - length]
        crc = json.loads(data[len(body) : -_FOOTER.size])["crc"]
    except (struct.error, ValueError, KeyError, TypeError):
        return False
    return bool(magic == _FOOTER_MAGIC and zlib.crc32(body) == crc)
