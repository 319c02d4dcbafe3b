"""Uploaded files and the vector stores that they are attached to, as tables.

They are the doors' own books: what a file says becomes a document like any other, and only that
is knowledge. Times are microseconds.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from foundation.database.registry import Json, metadata

# A file that was deleted while it is attached somewhere out of its owner's sight stays until it is
# detached there, and is shown to nobody.
files = Table(
    "files",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("deleted", Boolean, nullable=False),
    Index(None, "created_at", "id"),
)

# A file's bytes in small parts: no row is so large that a page of rows fills the memory.
file_parts = Table(
    "file_parts",
    metadata,
    Column("file_id", String(60), ForeignKey("files.id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

# The collection need not exist yet: it is made with its first document.
vector_stores = Table(
    "vector_stores",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("collection", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("metadata", Json, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_active_at", BigInteger, nullable=False),
    Column("expires_after_days", Integer),
    Column("expired", Boolean, nullable=False),
    UniqueConstraint("collection"),
    Index(None, "created_at", "id"),
)

file_batches = Table(
    "file_batches",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("store_id", String(60), ForeignKey("vector_stores.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Index(None, "store_id"),
)

# A file in a store, and how far it is on its way to a document. `actor` and `rights` are those of
# who attached it: it is ingested as by them, also after a restart. `revision` grows with every
# wish, so that what is finished is what was wished for last. The document may be purged.
attachments = Table(
    "attachments",
    metadata,
    Column("store_id", String(60), ForeignKey("vector_stores.id"), primary_key=True),
    Column("file_id", String(60), ForeignKey("files.id"), primary_key=True),
    Column("batch_id", String(60), ForeignKey("file_batches.id")),
    Column("created_at", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("error_code", String(40), nullable=False),
    Column("error", Text, nullable=False),
    Column("attributes", Json, nullable=False),
    Column("chunk_tokens", Integer),
    Column("overlap_tokens", Integer),
    Column("actor", Text, nullable=False),
    Column("rights", Json, nullable=False),
    Column("document_id", String(36)),
    Index(None, "file_id"),
    Index(None, "batch_id"),
    Index(None, "document_id"),
    Index(None, "status", "created_at"),
)
