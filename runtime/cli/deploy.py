"""`nurture deploy`: put a workspace in force, exactly as it was reviewed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from runtime.cli.database import database, now
from runtime.cli.failures import TOOL
from runtime.cli.following import Followed, followed_json, tell_followed
from runtime.cli.output import Format, note, print_json
from runtime.cli.reviewing import Review, check_file, read_contents, review, to_json, told
from runtime.migrating import follow
from runtime.store.deploying import deploy as put_in_force


def deploy(
    file: Path | None = None, *, workspace: Path = Path(), unsafe: bool = False, format: Format = "text"
) -> int:
    """Put a workspace in force. People inside stay on their version, unless the journey says otherwise.

    Exits with 2 if the reviewed plan is stale, or concerns people inside more than it did then; or if
    the changes are unsafe and nobody has reviewed them.

    Parameters
    ----------
    file
        A plan that was reviewed: `nurture plan --out FILE`. Nothing else is applied.
    workspace
        The folder of the workspace.
    unsafe
        Deploy even what is unsafe for people inside, though nobody has reviewed it as it is now.
    format
        What to print: text for people, JSON for programs.
    """
    contents = read_contents(workspace)

    async def work() -> tuple[Review, int | None, Followed]:
        async with database(create=True) as store:
            found = await review(store, contents)
            if file is not None:
                check_file(file, found, unsafe=unsafe)
            if format == "text":
                print(told(found), flush=True)
            if found.unsafe and not unsafe and file is None:
                return found, None, []
            number = None if found.nothing else await put_in_force(store, contents, found.base, now())
            return found, number, await follow(store, contents.active.values(), now)

    found, number, followed = asyncio.run(work())
    if format == "json":
        print_json({**to_json(found), "deployment": number, "migrations": followed_json(followed)})
    if number is None and not found.nothing:
        note(
            "nothing was deployed, for some of it is unsafe. Keep what people inside still need, or review "
            "it with `nurture plan --out FILE` and deploy that file."
        )
        return TOOL
    if number is not None and format == "text":
        print(f"\nDeployment {number} is in force.")
    if format == "text":
        tell_followed(followed)
    return 0
