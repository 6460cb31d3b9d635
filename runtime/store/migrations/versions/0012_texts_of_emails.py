"""Texts of emails are deployed with plans and definitions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for them. What was published before has none: workers go on with their own until a deploy."""
    op.create_table(
        "email_texts",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_email_texts"),
    )
    op.add_column("published", sa.Column("texts", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Drop them: an older version sends what lies in its folder."""
    op.drop_column("published", "texts")
    op.drop_table("email_texts")
