"""Add uploaded files and the vector stores that they are attached to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables of files and vector stores."""
    _files()
    _stores()
    _attachments()


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
    )
    op.create_index("ix_files_created_at_id", "files", ["created_at", "id"])
    op.create_table(
        "file_parts",
        sa.Column("file_id", sa.String(length=60), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_file_parts_file_id"),
        sa.PrimaryKeyConstraint("file_id", "ordinal", name="pk_file_parts"),
    )


def _stores() -> None:
    op.create_table(
        "vector_stores",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("collection", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_active_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_after_days", sa.Integer(), nullable=True),
        sa.Column("expired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vector_stores"),
        sa.UniqueConstraint("collection", name="uq_vector_stores_collection"),
    )
    op.create_index("ix_vector_stores_created_at_id", "vector_stores", ["created_at", "id"])
    op.create_table(
        "file_batches",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("store_id", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"], ["vector_stores.id"], name="fk_file_batches_store_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_file_batches"),
    )
    op.create_index("ix_file_batches_store_id", "file_batches", ["store_id"])


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("store_id", sa.String(length=60), nullable=False),
        sa.Column("file_id", sa.String(length=60), nullable=False),
        sa.Column("batch_id", sa.String(length=60), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("error_code", sa.String(length=40), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("chunk_tokens", sa.Integer(), nullable=True),
        sa.Column("overlap_tokens", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["store_id"], ["vector_stores.id"], name="fk_attachments_store_id"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_attachments_file_id"),
        sa.ForeignKeyConstraint(["batch_id"], ["file_batches.id"], name="fk_attachments_batch_id"),
        sa.PrimaryKeyConstraint("store_id", "file_id", name="pk_attachments"),
    )
    op.create_index("ix_attachments_batch_id", "attachments", ["batch_id"])
    op.create_index("ix_attachments_document_id", "attachments", ["document_id"])
    op.create_index("ix_attachments_file_id", "attachments", ["file_id"])
    op.create_index("ix_attachments_status_created_at", "attachments", ["status", "created_at"])
