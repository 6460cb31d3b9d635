"""Migrations, run by the program itself: nobody has to call a tool after an upgrade."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from runtime.store.errors import StoreError


def scripts() -> ScriptDirectory:
    """Return the migrations that this version of the code holds."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def upgrade(connection: Connection, shown: str) -> None:
    """Bring the schema to the newest version, within the caller's transaction.

    Raises:
        StoreError: the schema is newer than this code.
    """
    directory = scripts()
    head = directory.get_current_head()
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in directory.walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"The database {shown} was written by a newer version of Nurture (schema {found}; this one "
            f"knows up to {head}). Upgrade Nurture, or name another database; nothing was changed."
        )

    move(connection, "head")


def revisions() -> list[str]:
    """Return all revisions of the schema, the oldest first."""
    return [script.revision for script in scripts().walk_revisions()][::-1]


def move(connection: Connection, to: str) -> None:
    """Bring the schema to a revision, up or down, within the caller's transaction.

    Args:
        to: a revision; or `head`, the newest, or `base`, none at all.
    """
    directory = scripts()
    order = ["base", *revisions()]
    target = order[-1] if to == "head" else to
    found = MigrationContext.configure(connection).get_current_revision() or "base"
    down = order.index(target) < order.index(found)
    step = directory._downgrade_revs if down else directory._upgrade_revs
    context = EnvironmentContext(Config(), directory)
    context.configure(
        connection=connection,
        fn=lambda revision, _: step(target, revision),
        transactional_ddl=False,  # the caller's transaction holds it all
    )
    context.run_migrations()
