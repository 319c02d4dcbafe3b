"""Add what people say of what searches found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table of feedback."""
    op.create_table(
        "feedback",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("query_hash", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("chunk_id", sa.BigInteger(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_feedback_document_id"),
        sa.ForeignKeyConstraint(["chunk_id"], ["chunks.id"], name="fk_feedback_chunk_id"),
        sa.PrimaryKeyConstraint("seq", name="pk_feedback"),
    )
    op.create_index("ix_feedback_chunk_id", "feedback", ["chunk_id"])
    op.create_index("ix_feedback_document_id", "feedback", ["document_id"])
    op.create_index("ix_feedback_query_hash_valid_to", "feedback", ["query_hash", "valid_to"])
