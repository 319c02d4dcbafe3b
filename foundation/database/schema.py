"""The truth as tables: the same on SQLite and PostgreSQL.

Rows that can change over time carry `valid_from` and `valid_to` (change seqs); those that speak of
content carry `time_from` and `time_to` too (microseconds, the clock of the content). An interval
includes its start and excludes its end; FOREVER is an open end.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from foundation.database import (
    audit,
    credentials,
    learned,
    registry,
    requests,
    uploads,
    waiting,
)

metadata, Json = registry.metadata, registry.Json
names, mentions, claims = learned.names, learned.mentions, learned.claims
labels, identities, decisions = learned.labels, learned.identities, learned.decisions
patterns, extractions, feedback = learned.patterns, learned.extractions, learned.feedback
audit_entries, audit_head = audit.audit_entries, audit.audit_head
audit_checkpoints = audit.audit_checkpoints
api_keys = credentials.api_keys
files, file_parts, file_batches = uploads.files, uploads.file_parts, uploads.file_batches
vector_stores, attachments = uploads.vector_stores, uploads.attachments
jobs, job_items = waiting.jobs, waiting.job_items
idempotency = requests.idempotency

# The one row that every writer locks first: so seqs are gapless and in the order of commits.
counters = Table(
    "counters",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("chunk", BigInteger, nullable=False),
    Column("document", BigInteger, nullable=False),
    Column("name", BigInteger, nullable=False, server_default="0"),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("collection", String(200), nullable=False),
    Column("document_id", String(36)),
    Column("subject", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("details", Json, nullable=False),
    Index(None, "document_id"),
    Index(None, "at"),
    Index(None, "kind", "seq"),
)

collections = Table(
    "collections",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("created_seq", BigInteger, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("collection", String(200), ForeignKey("collections.name"), nullable=False),
    Column("source_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("collection", "source_id"),
)

# What is said about a document beside its text: one row for each state it was in.
attributes = Table(
    "attributes",
    metadata,
    Column("document_id", String(36), ForeignKey("documents.id"), primary_key=True),
    Column("valid_from", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", BigInteger, nullable=False),
    Column("time_from", BigInteger, nullable=False),
    Column("time_to", BigInteger, nullable=False),
    Column("uri", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("language", String(20), nullable=False),
    Column("metadata", Json, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("document_id", String(36), ForeignKey("documents.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("parent_id", String(36)),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("normalised_sha256", String(64), nullable=False),
    Column("author", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("change", Json, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger, nullable=False),
    Column("time_from", BigInteger, nullable=False),
    Column("time_to", BigInteger, nullable=False),
    UniqueConstraint("document_id", "number"),
    Index(None, "document_id", "valid_to"),
    Index(None, "normalised_sha256", "valid_to"),
)

chunks = Table(
    "chunks",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("document_id", String(36), ForeignKey("documents.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("heading", Json, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_hash", String(64), nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger, nullable=False),
    Column("time_from", BigInteger, nullable=False),
    Column("time_to", BigInteger, nullable=False),
    Index(None, "document_id", "valid_to"),
    Index(None, "text_hash"),
    Index(None, "valid_from"),
    Index(None, "valid_to"),
)

# Where each passage stands in each version, searchable or not (a merged duplicate's are not).
spans = Table(
    "spans",
    metadata,
    Column("version_id", String(36), ForeignKey("versions.id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("heading", Json, nullable=False),
    Column("text_hash", String(64), nullable=False),
)

# Bytes of float32, little endian. The same text is never embedded twice by the same model.
vectors = Table(
    "vectors",
    metadata,
    Column("model", String(200), primary_key=True),
    Column("text_hash", String(64), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

# MinHash of each document's current version: it survives merging, so order does not matter.
signatures = Table(
    "signatures",
    metadata,
    Column("document_id", String(36), ForeignKey("documents.id"), primary_key=True),
    Column("scheme", String(40), nullable=False),
    Column("shingles", Integer, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

bands = Table(
    "bands",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("document_id", String(36), ForeignKey("documents.id"), primary_key=True),
    Index(None, "document_id"),
)

# Verified likeness of two documents' current versions; first id < second id.
likenesses = Table(
    "likenesses",
    metadata,
    Column("first_id", String(36), ForeignKey("documents.id"), primary_key=True),
    Column("second_id", String(36), ForeignKey("documents.id"), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("similarity", Float, nullable=False),
    Column("containment", Float, nullable=False),
    Index(None, "second_id"),
)

# What people decided about a pair: it outlives re-ingestion and beats the similarity.
verdicts = Table(
    "verdicts",
    metadata,
    Column("first_id", String(36), ForeignKey("documents.id"), primary_key=True),
    Column("second_id", String(36), ForeignKey("documents.id"), primary_key=True),
    Column("same", Boolean, nullable=False),
    Column("actor", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index(None, "second_id"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("group_id", String(36), nullable=False),
    Column("document_id", String(36), ForeignKey("documents.id"), primary_key=True),
    Column("valid_from", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", BigInteger, nullable=False),
    Column("canonical", Boolean, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("similarity", Float, nullable=False),
    Index(None, "group_id", "valid_to"),
)

# Followers whose state lives in the truth itself (the embedder); others keep theirs beside it.
positions = Table(
    "positions",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
