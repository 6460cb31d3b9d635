"""What people do by hand: switches, doubts that are settled, and who did what when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the switches and the list of interventions; note on runs and effects what a person did."""
    op.create_table(
        "switches",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("what", "scope", "name", name="pk_switches"),
    )
    op.create_table(
        "interventions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_interventions"),
    )
    op.add_column("runs", sa.Column("by_hand", sa.Text(), nullable=True))
    op.add_column("ledger", sa.Column("answered_by", sa.Text(), nullable=True))
    op.add_column("ledger", sa.Column("answered_at", sa.BigInteger(), nullable=True))
    op.add_column("ledger", sa.Column("answer", sa.Text(), nullable=True))


def downgrade() -> None:
    """Forget them. Runs that stand still by hand stay so: an older version cannot let them go on."""
    for name in ("answer", "answered_at", "answered_by"):
        op.drop_column("ledger", name)
    op.drop_column("runs", "by_hand")
    op.drop_table("interventions")
    op.drop_table("switches")
