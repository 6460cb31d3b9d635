"""`nurture import`: contacts and accounts from CSV files into the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from cyclopts import App

from dsl.plan import Definitions
from runtime.cli.database import database, now
from runtime.cli.failures import Failure
from runtime.cli.loading import load
from runtime.cli.output import Format, print_json
from runtime.people import FileError, read_accounts, read_contacts
from runtime.store import Store, StoreError, import_accounts, import_contacts, load_published

app = App(name="import", help="Bring contacts or accounts in from a CSV file.", help_format="plaintext")


@app.command
def contacts(file: Path, *, workspace: Path | None = None, format: Format = "text") -> int:
    """Bring contacts in, or change those that are there. Import their accounts first.

    Parameters
    ----------
    file
        A CSV with a column id, and any of email, time_zone, account_id, consent, created_at and fields.
    workspace
        Where fields are declared; without it, the published definitions tell.
    format
        What to print: text for people, JSON for programs.
    """
    return _bring(file, workspace, format, "contact", read_contacts, import_contacts)


@app.command
def accounts(file: Path, *, workspace: Path | None = None, format: Format = "text") -> int:
    """Bring accounts in, or change those that are there.

    Parameters
    ----------
    file
        A CSV with a column id and any declared fields.
    workspace
        Where fields are declared; without it, the published definitions tell.
    format
        What to print: text for people, JSON for programs.
    """
    return _bring(file, workspace, format, "account", read_accounts, import_accounts)


def _bring(
    file: Path,
    workspace: Path | None,
    format: Format,
    kind: str,
    read: Callable[[Path, Definitions], Sequence[Any]],
    bring: Callable[[Store, Sequence[Any], Definitions, int], Awaitable[int]],
) -> int:
    definitions = None if workspace is None else load(workspace)[1].definitions
    number = asyncio.run(_write(file, definitions, read, bring))
    if format == "json":
        print_json({"imported": number, "kind": kind, "file": str(file)})
    else:
        print(f"Imported {number} {kind}{'' if number == 1 else 's'} from {file}.")
    return 0


async def _write(
    file: Path,
    definitions: Definitions | None,
    read: Callable[[Path, Definitions], Sequence[Any]],
    bring: Callable[[Store, Sequence[Any], Definitions, int], Awaitable[int]],
) -> int:
    async with database(create=definitions is not None) as store:
        if definitions is None:
            definitions = await _published(store)
        rows = read(file, definitions)
        try:
            return await bring(store, rows, definitions, now())
        except StoreError as refusal:  # the rows are wrong, not the database
            raise FileError(f"{file}: {refusal} Nothing was imported.") from refusal


async def _published(store: Store) -> Definitions:
    try:
        return (await load_published(store)).definitions
    except StoreError:
        raise Failure(
            "Nothing is published yet, so no field is known. Name the workspace with --workspace FOLDER."
        ) from None
