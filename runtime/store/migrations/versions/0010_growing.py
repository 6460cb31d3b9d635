"""Indexes for what would grow with all that has ever happened: doubts, metrics, and moves of one run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

_DOUBTS = sa.text("outcome = 'in doubt'")


def upgrade() -> None:
    """Create them; what they replace goes."""
    op.create_index("ix_moved_runs_run_id", "moved_runs", ["run_id"])
    op.create_index("ix_ledger_status_ledger_kind_ledger_outcome", "ledger", ["status", "kind", "outcome"])
    op.drop_index("ix_ledger_status", "ledger")
    op.create_index(
        "ix_ledger_doubts",
        "ledger",
        ["outcome", "at", "run_id"],
        sqlite_where=_DOUBTS,
        postgresql_where=_DOUBTS,
    )


def downgrade() -> None:
    """Go back to what was there."""
    op.drop_index("ix_ledger_doubts", "ledger")
    op.create_index("ix_ledger_status", "ledger", ["status"])
    op.drop_index("ix_ledger_status_ledger_kind_ledger_outcome", "ledger")
    op.drop_index("ix_moved_runs_run_id", "moved_runs")
