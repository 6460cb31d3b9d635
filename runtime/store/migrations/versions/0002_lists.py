"""Lists of contacts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of who is in which list."""
    op.create_table(
        "list_members",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_list_members_contact_id"),
        sa.PrimaryKeyConstraint("contact_id", "list", name="pk_list_members"),
    )


def downgrade() -> None:
    """Drop it: who is in which list is lost."""
    op.drop_table("list_members")
