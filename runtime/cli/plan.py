"""`nurture plan`: what a deploy would change, and for whom; and what was deployed when."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from runtime.cli.database import begun, database
from runtime.cli.output import Format, plain, print_json
from runtime.cli.reviewing import Review, first, read_contents, review, to_json, told
from runtime.store.deploying import Deployment
from runtime.store.deploying import history as deployments
from runtime.store.publishing import Contents


def plan(
    *, workspace: Path = Path(), out: Path | None = None, history: bool = False, format: Format = "text"
) -> int:
    """Show what a deploy would change, for whom, and how many people stand there.

    Exits with 0 if there is nothing to do, 3 if there are changes, 4 if some of them are unsafe.

    Parameters
    ----------
    workspace
        The folder of the workspace.
    out
        Write the reviewed plan to this file; `nurture deploy FILE` applies exactly that.
    history
        List what was deployed when, instead.
    format
        What to print: text for people, JSON for programs.
    """
    if history:
        return _history(format)
    found = asyncio.run(_look(read_contents(workspace)))
    if out is not None:
        out.write_text(json.dumps(to_json(found), ensure_ascii=False, indent=2) + "\n", "utf-8")
    if format == "json":
        print_json(to_json(found))
    else:
        print(told(found))
        if not found.nothing:
            print(f"\nApply it with `nurture deploy {out}`." if out else "\nKeep it with --out FILE.")
    return found.code


async def _look(contents: Contents) -> Review:
    if not begun():
        return first(contents)  # looking begins no database
    async with database() as store:
        return await review(store, contents)


def _history(format: Format) -> int:
    async def look() -> list[Deployment]:
        async with database() as store:
            return await deployments(store)

    found = asyncio.run(look())
    if format == "json":
        print_json({"deployments": plain(found)})
        return 0
    if not found:
        print("Nothing was deployed yet.")
    for place, entry in enumerate(found):
        print(_line(entry, in_force=place == 0))
    return 0


def _line(entry: Deployment, *, in_force: bool) -> str:
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%d %H:%M")
    how = f"rollback to {entry.restores}" if entry.restores else entry.how
    number = len(entry.active)
    journeys = f"{number} journey{'' if number == 1 else 's'}"
    return f"{entry.number:>4}  {at} UTC  {how}, {journeys}{', in force' if in_force else ''}"
