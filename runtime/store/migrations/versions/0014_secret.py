"""The database knows the workspace's secret by a digest, so that a process with another one is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for it. The first worker or erasure after that writes it down."""
    op.create_table(
        "secrets",
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("use", name="pk_secrets"),
    )


def downgrade() -> None:
    """Forget it: an older version takes any."""
    op.drop_table("secrets")
