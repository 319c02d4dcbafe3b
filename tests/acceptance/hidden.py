"""What a key does not reach to: documents, jobs, vector stores; and how each would be known."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api import KnowledgeBase
from api.openai.attaching import Attaching
from api.openai.books import Asker, Books
from api.openai.filing import Filing, Upload
from api.openai.placing import Placing
from api.openai.shelving import Shelving
from foundation.errors import NotFound
from foundation.security.policy import Access
from ingest.jobs import model as jobs
from ingest.model import Record
from ingest.uploads.model import Batch, Store, UploadedFile, Wish
from ingest.uploads.stores import NewStore

KINDS: Final = ("open", "labelled")
"""For all readers of its collection, or with a label that nobody's key has."""


_QUOTA_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Hidden:
    """A document and an uploaded file that a key does not reach to, and what would betray them.

    Attributes:
        store, batch: the vector store, and the batch in which the file was put there.
        fields: a field of the document's metadata, and an attribute of the file.
        marks: words that must not be told.
    """

    id: str
    chunk: int
    collection: str
    source_id: str
    keyword: str
    entity: str
    job: str
    store: str
    file: str
    batch: str
    fields: tuple[str, str]
    marks: Sequence[str]


def room(number: int) -> str:
    """Name a collection."""
    return f"room{_word(number)}"


def fill(base: KnowledgeBase, collections: int) -> dict[tuple[int, str], Hidden]:
    """Put two documents and two files into each collection, and answer how each would be known."""
    found: dict[tuple[int, str], Hidden] = {}
    for number in range(collections):
        base.ingest([_record(number, kind) for kind in KINDS], collection=room(number))
    shelves = Shelves(base)
    for number in range(collections):
        store = shelves.store(number)
        for kind in KINDS:
            file, batch = shelves.put(number, kind, store)
            found[number, kind] = _hidden(base, number, kind, (store, file, batch))
    shelves.settle()
    base.wait()
    return found


class Shelves:
    """Vector stores and the files in them, by the objects behind their routes."""

    def __init__(self, base: KnowledgeBase) -> None:
        parts = base.platform.parts
        self._base = base
        self._books = Books.over(parts.database, parts.clock)
        self._attaching = Attaching(base, self._books)
        self._filing = Filing(self._books, parts.max_document_bytes, _QUOTA_BYTES)
        self._shelving = Shelving(self._books, lambda: None)
        self._placing = Placing(self._books, self._attaching, lambda: None)

    def store(self, number: int) -> Store:
        """Make a store over a collection."""
        word = _word(number)
        new = NewStore(f"shop{word}", f"for wares{word}", {"collection": room(number)})
        return self._shelving.add(self._asker(f"company{word}"), new)

    def put(self, number: int, kind: str, store: Store) -> tuple[UploadedFile, Batch]:
        """Put a file of somebody else's into a store, as a batch."""
        word = f"{kind}{_word(number)}"
        asker = self._asker(f"company{word}")
        text = (
            f"The badge{word} of Clerk{word} Jones lies under payload{word}."
            f" Clerk{word} Jones counts the stock of Company{word} Ltd. in Bergen every May."
        )
        file = self.upload(asker.id, f"ledger{word}.md", text)
        label = {"access": f"label{_word(number)}"} if kind == "labelled" else {}
        wish = Wish(file.id, {f"shelf{word}": f"value{word}", **label})
        return file, self._placing.put_batch(asker, store, [wish])

    def upload(self, owner: str, filename: str, text: str) -> UploadedFile:
        """Upload a file for a principal."""
        stream = io.BytesIO(text.encode())
        return self._filing.add(
            Asker(self._base, owner, "x"), Upload(stream, filename, "text/markdown", "assistants")
        )

    def settle(self) -> None:
        """Take in what waits."""
        while self._attaching.step():
            pass

    def harm(self, of: Hidden, *, placed: bool) -> list[str]:
        """Tell what was done to a document, its file, and (`placed`) to the file in its store."""
        found = []
        try:
            self._base.documents.get(of.id)
        except NotFound:
            found.append(f"{of.source_id} was deleted")
        if of.file not in self._books.files.find([of.file]):
            found.append(f"{of.file} was deleted")
        if placed:
            there = self._books.contents.find(of.store, [of.file]).get(of.file)
            if there is None or (there.status, there.revision, there.batch_id) != (
                "completed", 1, of.batch,
            ):  # fmt: skip
                found.append(f"{of.file} is in {of.store} no more as it was: {there}")
            if self._books.contents.batch(of.store, of.batch).cancelled:
                found.append(f"{of.batch} was cancelled")
        return found

    def _asker(self, name: str) -> Asker:
        return Asker(self._base, f"key:{name}", name.replace("company", "author"))


def _word(number: int) -> str:
    """Spell a number in letters: marks must be words of their own."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:03d}")


def _record(number: int, kind: str) -> Record:
    word = f"{kind}{_word(number)}"
    labels = {"access": [f"label{_word(number)}"]} if kind == "labelled" else {}
    return Record(
        f"{kind}/source{word}.md",
        title=f"Title{word}",
        text=(
            f"The key{word} of Person{word} Smith opens payload{word}."
            f" Person{word} Smith works for Company{word} Ltd. in Oslo."
        ),
        metadata={f"field{word}": f"value{word}", **labels},
        author=f"author{word}",
    )


def _job(base: KnowledgeBase, number: int, kind: str) -> str:
    """Let somebody else upload to a collection, and have one document of it fail."""
    word = f"{kind}{_word(number)}"
    job = base.jobs.submit(
        [_record(number, kind), Record(f"broken/source{word}", error=f"payload{word} is cut")],
        collection=room(number),
        asked=jobs.Asked(f"key:company{word}", Access.everything, f"author{word}"),
    )
    return base.jobs.wait(job.id).id


def _hidden(
    base: KnowledgeBase, number: int, kind: str, shelved: tuple[Store, UploadedFile, Batch]
) -> Hidden:
    word = f"{kind}{_word(number)}"
    store, file, batch = shelved
    base.wait()
    document = base.documents.get(f"{kind}/source{word}.md")
    hits = base.search(f"key{word}", collections=[room(number)], mode="lexical")
    chunk = next(h.chunk_id for h in hits if h.citation.document_id == document.id)
    job = _job(base, number, kind)
    fields = f"field{word}", f"shelf{word}"
    marks = [
        *fields, f"payload{word}", f"title{word}", f"value{word}", f"source{word}", f"ledger{word}",
        f"company{word}", f"author{word}", document.id, job, file.id, batch.id,
    ]  # fmt: skip
    if kind == "open":
        ends = _word(number)
        marks += [room(number), store.id, f"shop{ends}", f"wares{ends}", f"company{ends}"]
    return Hidden(
        document.id, chunk, room(number), document.source_id, f"key{word}", f"Person{word} Smith",
        job, store.id, file.id, batch.id, fields, marks,
    )  # fmt: skip
