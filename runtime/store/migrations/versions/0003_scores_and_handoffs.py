"""Scores that fade, and handoffs with a reminder and a rejection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_HANDOFFS: dict[str, type[sa.BigInteger] | type[sa.Text]] = {
    "half_at": sa.BigInteger,
    "reminded_at": sa.BigInteger,
    "rejected_at": sa.BigInteger,
    "rejected_as": sa.Text,
}


def upgrade() -> None:
    """Keep the score that was seen last, how points count, and what becomes of a handoff."""
    op.add_column("contacts", sa.Column("score_seen", sa.Float(), nullable=True))
    op.add_column("score_changes", sa.Column("kind", sa.Text(), server_default="lasting", nullable=False))
    op.add_column("score_changes", sa.Column("occurred", sa.BigInteger(), nullable=True))
    for name, kind in _HANDOFFS.items():
        op.add_column("handoffs", sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    """Forget them. Points that fade are lost: an older version knows none."""
    for name in _HANDOFFS:
        op.drop_column("handoffs", name)
    op.drop_column("score_changes", "occurred")
    op.drop_column("score_changes", "kind")
    op.drop_column("contacts", "score_seen")
