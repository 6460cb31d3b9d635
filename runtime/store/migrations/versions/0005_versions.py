"""What was deployed when, in which words, and which runs were moved between versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say what each published set followed and how it came; keep words, and moves to undo."""
    op.add_column("published", sa.Column("follows", sa.BigInteger(), nullable=True))
    op.add_column("published", sa.Column("how", sa.Text(), server_default="publish", nullable=False))
    op.add_column("published", sa.Column("restores", sa.BigInteger(), nullable=True))
    op.add_column("published", sa.Column("words", sa.JSON(none_as_null=True), nullable=True))
    op.create_index("uq_published_follows", "published", ["follows"], unique=True)
    op.create_table(
        "plan_words",
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("words", name="pk_plan_words"),
    )
    op.create_table(
        "moves",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("targets", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undone", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_moves"),
    )
    op.create_table(
        "moved_runs",
        sa.Column("move_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("state", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undone", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["move_id"], ["moves.id"], name="fk_moved_runs_move_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_moved_runs_run_id"),
        sa.PrimaryKeyConstraint("move_id", "run_id", name="pk_moved_runs"),
    )


def downgrade() -> None:
    """Forget them. What is in force stays in force, and runs stay on the versions they were moved to."""
    op.drop_table("moved_runs")
    op.drop_table("moves")
    op.drop_table("plan_words")
    op.drop_index("uq_published_follows", "published")
    for name in ("words", "restores", "how", "follows"):
        op.drop_column("published", name)
