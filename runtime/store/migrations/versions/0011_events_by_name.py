"""Events are looked up by name: what decisions cannot see is not read. Refusals of rounds are one row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put the indexes with names in the place of those without, and count rounds."""
    for whose in ("contact_id", "account_id"):
        op.create_index(f"ix_events_{whose}_events_name_events_at", "events", [whose, "name", "at"])
        op.drop_index(f"ix_events_{whose}_events_at", "events")
    op.add_column("entries_refused", sa.Column("rounds", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Go back to what was there."""
    op.drop_column("entries_refused", "rounds")
    for whose in ("contact_id", "account_id"):
        op.create_index(f"ix_events_{whose}_events_at", "events", [whose, "at"])
        op.drop_index(f"ix_events_{whose}_events_name_events_at", "events")
