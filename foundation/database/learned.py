"""What is read out of passages and learned from them, as tables.

Names, mentions and claims are contributions: each belongs to one chunk, never changes, and holds
exactly as long as its chunk does. So the graph is a view over them, at any moment.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from foundation.database.registry import Json, metadata

# A surface as it is written. Spellings of one name share the skeleton; `base` is the skeleton of a
# qualified name without its qualifier ("mercury" of "Mercury (planet)"), else empty.
names = Table(
    "names",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("surface", Text, nullable=False),
    Column("skeleton", Text, nullable=False),
    Column("base", Text, nullable=False),
    UniqueConstraint("surface"),
    Index(None, "skeleton"),
    Index(None, "base"),
)

# `since` is 0 for what was read with the chunk, else the change that found it there.
mentions = Table(
    "mentions",
    metadata,
    Column("chunk_id", BigInteger, ForeignKey("chunks.id"), primary_key=True, autoincrement=False),
    Column("name_id", BigInteger, ForeignKey("names.id"), primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("role", String(10), nullable=False),
    Column("count", Integer, nullable=False),
    Column("sentences", BigInteger, nullable=False),
    Column("start", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Index(None, "name_id"),
)

claims = Table(
    "claims",
    metadata,
    Column("chunk_id", BigInteger, ForeignKey("chunks.id"), primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("subject_id", BigInteger, ForeignKey("names.id"), nullable=False),
    Column("predicate", String(100), nullable=False),
    Column("object_id", BigInteger, ForeignKey("names.id")),
    Column("value", Text),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("origin", String(20), nullable=False),
    Index(None, "subject_id"),
    Index(None, "object_id"),
    Index(None, "predicate"),
)

# What a document is, as features tell it: one set for each version.
labels = Table(
    "labels",
    metadata,
    Column("version_id", String(36), ForeignKey("versions.id"), primary_key=True),
    Column("facet", String(20), primary_key=True),
    Column("value", String(200), primary_key=True),
    Column("confidence", Float, nullable=False),
    Column("origin", String(20), nullable=False),
)

# Skeletons that the machine holds for one entity beyond what claims say; first < second.
identities = Table(
    "identities",
    metadata,
    Column("first", Text, primary_key=True),
    Column("second", Text, primary_key=True),
    Column("valid_from", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("evidence", Json, nullable=False),
    Index(None, "second"),
    Index(None, "valid_to"),
)

# What people decided, by names and keys, so that it outlives re-ingestion; `seq` is its change.
decisions = Table(
    "decisions",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", BigInteger, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("data", Json, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "kind", "valid_to"),
    Index(None, "subject"),
)

patterns = Table(
    "patterns",
    metadata,
    Column("key", String(400), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("statement", Text, nullable=False),
    Column("data", Json, nullable=False),
    Column("support", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("lift", Float, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("gate", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger, nullable=False),
    Index(None, "kind", "valid_to"),
    Index(None, "valid_from"),
)

# What a language model answered about a text: asked once, whatever becomes of the chunk.
extractions = Table(
    "extractions",
    metadata,
    Column("extractor", String(200), primary_key=True),
    Column("text_hash", String(64), primary_key=True),
    Column("result", Json, nullable=False),
)

# What people said of what a search found; `seq` is its change. It goes with its document.
feedback = Table(
    "feedback",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("query", Text, nullable=False),
    Column("query_hash", String(64), nullable=False),
    Column("document_id", String(36), ForeignKey("documents.id"), nullable=False),
    Column("chunk_id", BigInteger, ForeignKey("chunks.id")),
    Column("rank", Integer),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "query_hash", "valid_to"),
    Index(None, "document_id"),
    Index(None, "chunk_id"),
)
