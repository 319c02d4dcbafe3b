"""Create the truth: every table, and the one row of counters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create what later migrations build upon."""
    _changes()
    _collections()
    _counters()
    _positions()
    _vectors()
    _documents()
    _attributes()
    _bands()
    _chunks()
    _likenesses()
    _memberships()
    _signatures()
    _verdicts()
    _versions()
    _spans()
    op.execute(
        sa.table(
            "counters",
            sa.column("id"),
            sa.column("seq"),
            sa.column("chunk"),
            sa.column("document"),
        )
        .insert()
        .values(id=1, seq=0, chunk=0, document=0)
    )


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("collection", sa.String(length=200), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
    )
    op.create_index("ix_changes_at", "changes", ["at"])
    op.create_index("ix_changes_document_id", "changes", ["document_id"])
    op.create_index("ix_changes_kind_seq", "changes", ["kind", "seq"])


def _collections() -> None:
    op.create_table(
        "collections",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_collections"),
    )


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("chunk", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_counters"),
    )


def _positions() -> None:
    op.create_table(
        "positions",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_positions"),
    )


def _vectors() -> None:
    op.create_table(
        "vectors",
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model", "text_hash", name="pk_vectors"),
    )


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("collection", sa.String(length=200), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection"], ["collections.name"], name="fk_documents_collection"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("collection", "source_id", name="uq_documents_collection_source_id"),
        sa.UniqueConstraint("number", name="uq_documents_number"),
    )


def _attributes() -> None:
    op.create_table(
        "attributes",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("time_from", sa.BigInteger(), nullable=False),
        sa.Column("time_to", sa.BigInteger(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_attributes_document_id"
        ),
        sa.PrimaryKeyConstraint("document_id", "valid_from", name="pk_attributes"),
    )


def _bands() -> None:
    op.create_table(
        "bands",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_bands_document_id"),
        sa.PrimaryKeyConstraint("band", "document_id", name="pk_bands"),
    )
    op.create_index("ix_bands_document_id", "bands", ["document_id"])


def _chunks() -> None:
    op.create_table(
        "chunks",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("heading", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("time_from", sa.BigInteger(), nullable=False),
        sa.Column("time_to", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_chunks_document_id"),
        sa.PrimaryKeyConstraint("id", name="pk_chunks"),
    )
    op.create_index("ix_chunks_document_id_valid_to", "chunks", ["document_id", "valid_to"])
    op.create_index("ix_chunks_text_hash", "chunks", ["text_hash"])
    op.create_index("ix_chunks_valid_from", "chunks", ["valid_from"])
    op.create_index("ix_chunks_valid_to", "chunks", ["valid_to"])


def _likenesses() -> None:
    op.create_table(
        "likenesses",
        sa.Column("first_id", sa.String(length=36), nullable=False),
        sa.Column("second_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.Column("containment", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["first_id"], ["documents.id"], name="fk_likenesses_first_id"),
        sa.ForeignKeyConstraint(["second_id"], ["documents.id"], name="fk_likenesses_second_id"),
        sa.PrimaryKeyConstraint("first_id", "second_id", name="pk_likenesses"),
    )
    op.create_index("ix_likenesses_second_id", "likenesses", ["second_id"])


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("canonical", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_memberships_document_id"
        ),
        sa.PrimaryKeyConstraint("document_id", "valid_from", name="pk_memberships"),
    )
    op.create_index("ix_memberships_group_id_valid_to", "memberships", ["group_id", "valid_to"])


def _signatures() -> None:
    op.create_table(
        "signatures",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("scheme", sa.String(length=40), nullable=False),
        sa.Column("shingles", sa.Integer(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_signatures_document_id"
        ),
        sa.PrimaryKeyConstraint("document_id", name="pk_signatures"),
    )


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("first_id", sa.String(length=36), nullable=False),
        sa.Column("second_id", sa.String(length=36), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["first_id"], ["documents.id"], name="fk_verdicts_first_id"),
        sa.ForeignKeyConstraint(["second_id"], ["documents.id"], name="fk_verdicts_second_id"),
        sa.PrimaryKeyConstraint("first_id", "second_id", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_second_id", "verdicts", ["second_id"])


def _versions() -> None:
    op.create_table(
        "versions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.String(length=36), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("normalised_sha256", sa.String(length=64), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("time_from", sa.BigInteger(), nullable=False),
        sa.Column("time_to", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_versions_document_id"),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        sa.UniqueConstraint("document_id", "number", name="uq_versions_document_id_number"),
    )
    op.create_index("ix_versions_document_id_valid_to", "versions", ["document_id", "valid_to"])
    op.create_index(
        "ix_versions_normalised_sha256_valid_to", "versions", ["normalised_sha256", "valid_to"]
    )


def _spans() -> None:
    op.create_table(
        "spans",
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("heading", sa.JSON(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_spans_version_id"),
        sa.PrimaryKeyConstraint("version_id", "ordinal", name="pk_spans"),
    )
