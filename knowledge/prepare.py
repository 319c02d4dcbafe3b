"""All that can be worked out about a draft before the write transaction opens."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from foundation.database.schema import attributes, documents, versions
from foundation.database.values import refusal
from foundation.errors import InvalidInput
from foundation.ids import Sha256, content_hash, normalised_hash
from knowledge.analysis import Analyst, Extracts
from knowledge.classification.model import Label
from knowledge.extraction.model import Extract
from knowledge.model import Draft, Removal, passage
from knowledge.signatures import Signature, Signer


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft with its hashes, its signature, and what was read in it."""

    draft: Draft
    sha256: Sha256
    normalised_sha256: Sha256
    span_hashes: Sequence[Sha256]
    signature: Signature
    extracts: Extracts
    labels: Sequence[Label]

    @property
    def source_id(self) -> str:
        """Name the source, as a removal does."""
        return self.draft.source_id


LONGEST_SOURCE_ID = 1_500
"""Bytes of UTF-8: PostgreSQL's index takes no longer keys."""

_TEXTS = (versions.c.title, versions.c.text, versions.c.author, versions.c.message)
_DESCRIPTION = (attributes.c.uri, attributes.c.media_type, attributes.c.language)
_STORED = (documents.c.source_id, *_TEXTS, *_DESCRIPTION, attributes.c.metadata)
_CHECKS = [(column.name, refusal(column)) for column in _STORED]


def require_storable(entry: Draft | Removal) -> None:
    """Refuse what the truth cannot hold, before a transaction and a whole batch depend on it.

    Raises:
        InvalidInput: naming the field and what is wrong with it.
    """
    for name, check in _CHECKS:
        if hasattr(entry, name) and (reason := check(getattr(entry, name))):
            raise InvalidInput(f"the document's {name} {reason}")
    if not entry.source_id:
        raise InvalidInput("the document has no source id: name where it comes from")
    size = len(entry.source_id.encode())
    if size > LONGEST_SOURCE_ID:
        raise InvalidInput(
            f"the source id {entry.source_id[:80]!r}… has {size:,} bytes; it can have "
            f"{LONGEST_SOURCE_ID:,}: give the document a shorter one"
        )


def version_hash(title: str, text: str) -> Sha256:
    """Hash what a version holds: any change of title or text makes a new one."""
    return content_hash(title, text)


def prepare(
    collection: str,
    entries: Sequence[Draft | Removal],
    signer: Signer,
    analyst: Analyst,
    known: Mapping[str, Container[Sha256]],
) -> list[Prepared | Removal]:
    """Hash, sign and read drafts that can be stored (signing many at once is much faster).

    Args:
        known: hashes of passages that were read before, by source id. Those that several versions
            in the batch have are read once.
    """
    drafts = [entry for entry in entries if isinstance(entry, Draft)]
    signatures = iter(signer.sign_many([draft.text for draft in drafts]))
    read: dict[str, dict[Sha256, Extract]] = {}
    prepared: list[Prepared | Removal] = []
    for entry in entries:
        if isinstance(entry, Removal):
            prepared.append(entry)
            continue
        hashes = [
            content_hash(passage(entry.title, span.heading, entry.text[span.start : span.end]))
            for span in entry.spans
        ]
        mine = read.setdefault(entry.source_id, {})
        skipped = {*mine, *(h for h in hashes if h in known.get(entry.source_id, ()))}
        mine |= analyst.read(collection, entry, hashes, skipped)
        prepared.append(
            Prepared(
                draft=entry,
                sha256=version_hash(entry.title, entry.text),
                normalised_sha256=normalised_hash(entry.text),
                span_hashes=hashes,
                signature=next(signatures),
                extracts=mine,
                labels=analyst.label(collection, entry),
            )
        )
    return prepared
