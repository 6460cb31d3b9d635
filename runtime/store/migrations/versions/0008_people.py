"""People: who was erased, who was merged, what a person decided about one contact, and past events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and room on a contact for when it was erased."""
    op.add_column("contacts", sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "tombstones",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_tombstones_contact_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_tombstones"),
    )
    op.create_table(
        "turned_away",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_turned_away_contact_id"),
        sa.PrimaryKeyConstraint("id", name="pk_turned_away"),
    )
    op.create_index("ix_turned_away_contact_id", "turned_away", ["contact_id"])
    op.create_table(
        "aliases",
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_aliases_contact_id"),
        sa.PrimaryKeyConstraint("alias", name="pk_aliases"),
    )
    op.create_index("ix_aliases_contact_id", "aliases", ["contact_id"])
    op.create_index("ix_aliases_email", "aliases", ["email"])
    op.create_table(
        "overrides",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_overrides_contact_id"),
        sa.PrimaryKeyConstraint("contact_id", name="pk_overrides"),
    )
    op.create_table(
        "backfills",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("recorded", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("started", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_backfills"),
    )


def downgrade() -> None:
    """Drop them: an older version would bring back in who was erased, and knows no contact by an old id."""
    for name in ("backfills", "overrides", "aliases", "turned_away", "tombstones"):
        op.drop_table(name)
    op.drop_column("contacts", "erased_at")
