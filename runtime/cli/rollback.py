"""`nurture rollback`: put what was in force before in force again."""

from __future__ import annotations

import asyncio

from runtime.cli.database import database, now
from runtime.cli.output import Format, print_json
from runtime.store.deploying import Deployed, before, deployed
from runtime.store.deploying import rollback as put_back


def rollback(*, to: int | None = None, format: Format = "text") -> int:
    """Put the set of journeys that was in force before in force again. Again: the one before that.

    People inside stay on their versions; `nurture migrate` moves them. Start the workers with the files
    of that time, for emails are read from the workspace.

    Parameters
    ----------
    to
        The number of a deployment, as `nurture plan --history` lists them.
    format
        What to print: text for people, JSON for programs.
    """

    async def work() -> tuple[Deployed, int]:
        async with database() as store:
            target, base = await before(store, to), await deployed(store)
            return target, await put_back(store, target, base, now())

    target, number = asyncio.run(work())
    if format == "json":
        print_json({"deployment": number, "restores": target.number})
    elif number == target.number:
        print(f"Nothing to do: deployment {number} is in force.")
    else:
        print(f"Deployment {number} is in force: the journeys of deployment {target.number} again.")
    return 0
