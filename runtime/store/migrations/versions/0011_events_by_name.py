"""Events of one contact or account are looked up by name: what decisions cannot see is not read."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put the indexes with names in the place of those without."""
    for whose in ("contact_id", "account_id"):
        op.create_index(f"ix_events_{whose}_events_name_events_at", "events", [whose, "name", "at"])
        op.drop_index(f"ix_events_{whose}_events_at", "events")


def downgrade() -> None:
    """Go back to what was there."""
    for whose in ("contact_id", "account_id"):
        op.create_index(f"ix_events_{whose}_events_at", "events", [whose, "at"])
        op.drop_index(f"ix_events_{whose}_events_name_events_at", "events")
