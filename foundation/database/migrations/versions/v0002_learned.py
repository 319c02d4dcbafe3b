"""Add what is read out of passages and learned from them; number names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of contributions, decisions and patterns."""
    op.add_column(
        "counters", sa.Column("name", sa.BigInteger(), server_default="0", nullable=False)
    )
    _names()
    _mentions()
    _claims()
    _labels()
    _identities()
    _decisions()
    _patterns()
    _extractions()


def _names() -> None:
    op.create_table(
        "names",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("skeleton", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_names"),
        sa.UniqueConstraint("surface", name="uq_names_surface"),
    )
    op.create_index("ix_names_base", "names", ["base"])
    op.create_index("ix_names_skeleton", "names", ["skeleton"])


def _mentions() -> None:
    op.create_table(
        "mentions",
        sa.Column("chunk_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sentences", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["chunk_id"], ["chunks.id"], name="fk_mentions_chunk_id"),
        sa.ForeignKeyConstraint(["name_id"], ["names.id"], name="fk_mentions_name_id"),
        sa.PrimaryKeyConstraint("chunk_id", "name_id", name="pk_mentions"),
    )
    op.create_index("ix_mentions_name_id", "mentions", ["name_id"])


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("chunk_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("predicate", sa.String(length=100), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["chunk_id"], ["chunks.id"], name="fk_claims_chunk_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["names.id"], name="fk_claims_subject_id"),
        sa.ForeignKeyConstraint(["object_id"], ["names.id"], name="fk_claims_object_id"),
        sa.PrimaryKeyConstraint("chunk_id", "ordinal", name="pk_claims"),
    )
    op.create_index("ix_claims_object_id", "claims", ["object_id"])
    op.create_index("ix_claims_predicate", "claims", ["predicate"])
    op.create_index("ix_claims_subject_id", "claims", ["subject_id"])


def _labels() -> None:
    op.create_table(
        "labels",
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("facet", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_labels_version_id"),
        sa.PrimaryKeyConstraint("version_id", "facet", "value", name="pk_labels"),
    )


def _identities() -> None:
    op.create_table(
        "identities",
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("first", "second", "valid_from", name="pk_identities"),
    )
    op.create_index("ix_identities_second", "identities", ["second"])
    op.create_index("ix_identities_valid_to", "identities", ["valid_to"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_decisions"),
    )
    op.create_index("ix_decisions_kind_valid_to", "decisions", ["kind", "valid_to"])
    op.create_index("ix_decisions_subject", "decisions", ["subject"])


def _patterns() -> None:
    op.create_table(
        "patterns",
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("support", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("lift", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("gate", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "version", name="pk_patterns"),
    )
    op.create_index("ix_patterns_kind_valid_to", "patterns", ["kind", "valid_to"])
    op.create_index("ix_patterns_valid_from", "patterns", ["valid_from"])


def _extractions() -> None:
    op.create_table(
        "extractions",
        sa.Column("extractor", sa.String(length=200), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("extractor", "text_hash", name="pk_extractions"),
    )
