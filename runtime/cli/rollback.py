"""`nurture rollback`: put what was in force before in force again."""

from __future__ import annotations

import asyncio

from runtime.cli.database import database, now
from runtime.cli.following import Followed, followed_json, tell_followed
from runtime.cli.output import Format, print_json
from runtime.migrating import follow
from runtime.store.deploying import Deployed, before, deployed
from runtime.store.deploying import rollback as put_back


def rollback(*, to: int | None = None, format: Format = "text") -> int:
    """Put the set of journeys that was in force before in force again. Again: the one before that.

    People inside stay on their versions, unless the journey says that they move. Emails have the texts of
    that time again, for everybody.

    Parameters
    ----------
    to
        The number of a deployment, as `nurture plan --history` lists them.
    format
        What to print: text for people, JSON for programs.
    """

    async def work() -> tuple[Deployed, int, Followed]:
        async with database() as store:
            base = await deployed(store)
            target = await before(store, to)
            number = await put_back(store, target, base, now())
            return target, number, await follow(store, target.contents.active.values(), now)

    target, number, followed = asyncio.run(work())
    if format == "json":
        moves = followed_json(followed)
        print_json({"deployment": number, "restores": target.number, "migrations": moves})
        return 0
    if number == target.number:
        print(f"Nothing to do: deployment {number} is in force.")
    else:
        print(f"Deployment {number} is in force: the journeys of deployment {target.number} again.")
    tell_followed(followed)
    return 0
