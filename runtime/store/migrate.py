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

    context = EnvironmentContext(Config(), directory)
    context.configure(
        connection=connection,
        fn=lambda revision, _: directory._upgrade_revs("head", revision),
        transactional_ddl=False,  # the caller's transaction holds it all
    )
    context.run_migrations()
