"""An opportunity's id is that of its account (or contact): two CRMs may give one id twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give each row a number of its own, and each account and contact its own ids."""
    _begin()
    _create(
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        key="number",
    )
    op.execute(
        "INSERT INTO opportunities (id, account_id, contact_id, open, at) "
        "SELECT id, account_id, contact_id, open, at FROM former ORDER BY id"
    )
    _end()
    for owner, other in (("account", "account_id IS NOT NULL"), ("contact", "account_id IS NULL")):
        where = sa.text(other)
        op.create_index(
            f"uq_opportunities_of_{owner}",
            "opportunities",
            [f"{owner}_id", "id"],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )


def downgrade() -> None:
    """Make ids unique again: of several rows of one id, the one that changed last stays."""
    _begin()
    _create(key="id")
    op.execute(
        "INSERT INTO opportunities (id, account_id, contact_id, open, at) "
        "SELECT id, account_id, contact_id, open, at FROM former WHERE number = "
        "(SELECT o.number FROM former o WHERE o.id = former.id ORDER BY o.at DESC, o.number DESC LIMIT 1)"
    )
    _end()


def _begin() -> None:
    # SQLite cannot change a primary key, so the table is made anew on both.
    op.execute("CREATE TEMPORARY TABLE former AS SELECT * FROM opportunities")
    op.drop_table("opportunities")


def _create(*first: sa.Column[int], key: str) -> None:
    op.create_table(
        "opportunities",
        *first,
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.Text(), nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_opportunities_account_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_opportunities_contact_id"),
        sa.PrimaryKeyConstraint(key, name="pk_opportunities"),
    )
    op.create_index("ix_opportunities_account_id", "opportunities", ["account_id"])
    op.create_index("ix_opportunities_contact_id", "opportunities", ["contact_id"])


def _end() -> None:
    op.execute("DROP TABLE former")
