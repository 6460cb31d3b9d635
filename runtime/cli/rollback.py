"""`nurture rollback`: put what was in force before in force again."""

from __future__ import annotations

import asyncio

from runtime.cli.database import database, now
from runtime.cli.failures import TOOL
from runtime.cli.following import Followed, followed_json, tell_followed
from runtime.cli.output import Format, note, print_json
from runtime.cli.reviewing import Review, review, to_json, told
from runtime.migrating import follow
from runtime.store.deploying import Deployed, before, deployed
from runtime.store.deploying import rollback as put_back


def rollback(
    *, to: int | None = None, dry_run: bool = False, unsafe: bool = False, format: Format = "text"
) -> int:
    """Put the set of journeys that was in force before in force again. Again: the one before that.

    It says first what differs and for whom, as `nurture plan` does. People inside stay on their versions,
    unless the journey says that they move. Emails have the texts of that time again, for everybody.

    Exits with 2, and does nothing, if it is unsafe for people inside. A dry run exits as `nurture plan` does.

    Parameters
    ----------
    to
        The number of a deployment, as `nurture plan --history` lists them.
    dry_run
        Say what would differ, and change nothing.
    unsafe
        Go back even if people inside would no longer find what they need.
    format
        What to print: text for people, JSON for programs.
    """

    async def work() -> tuple[Deployed, Review, int | None, Followed]:
        async with database() as store:
            base = await deployed(store)
            target = await before(store, to)
            found = await review(store, target.contents, base)
            if format == "text" and not found.nothing:
                print(told(found), flush=True)
            if dry_run or (found.unsafe and not unsafe):
                return target, found, None, []
            number = await put_back(store, target, base, now())
            return target, found, number, await follow(store, target.contents.active.values(), now)

    target, found, number, followed = asyncio.run(work())
    if format == "json":
        moves = followed_json(followed)
        data = {"deployment": number, "restores": target.number, "migrations": moves}
        print_json({**to_json(found), **data})
    else:
        _tell(target, found, number, dry_run=dry_run)
        tell_followed(followed)
    if dry_run:
        return found.code
    if number is None:
        note(
            f"nothing was changed, for going back to deployment {target.number} is unsafe. Deploy a "
            "workspace that keeps what people inside still need, stop their runs, or go back all the same "
            "with --unsafe."
        )
        return TOOL
    return 0


def _tell(target: Deployed, found: Review, number: int | None, *, dry_run: bool) -> None:
    if found.nothing:
        print(f"Nothing to do: deployment {found.base.number} is in force.")
    elif number is not None:
        print(f"\nDeployment {number} is in force: the journeys of deployment {target.number} again.")
    elif dry_run:
        print(f"\nNothing was changed; `nurture rollback --to {target.number}` does it.")
