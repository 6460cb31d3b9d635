"""Starting: what a worker puts in force, and says of what is in force, before it takes anything up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.cli.database import now
from runtime.cli.watching import Say
from runtime.store import Store, publish
from runtime.store.deploying import deployed
from runtime.store.publishing import Contents

if TYPE_CHECKING:
    from dsl import Compiled


async def publish_first(
    store: Store, compiled: Compiled, say: Say, before: str = "", after: str = ""
) -> None:
    """Put the workspace in force if nothing is yet; else say so if it is not what is deployed.

    `before`, `after`: what stands around the name of a command to mean this database and this workspace.
    """
    contents = Contents.of(compiled.definitions, compiled.plans.values(), compiled.texts())
    base = await deployed(store)
    plan, deploy = (f"`{before}nurture {name}{after}`" for name in ("plan", "deploy"))
    if base.number == 0:
        await publish(store, compiled.definitions, compiled.plans.values(), now(), compiled.texts())
    elif base.contents.texts is None:
        say(
            f"deployment {base.number} is from before emails were deployed, so each worker sends "
            f"those of its own workspace. {deploy} puts their texts in force for all."
        )
    elif base.digest != contents.digest():
        say(
            f"deployment {base.number} is in force, and this workspace is another. "
            f"{plan} shows the difference, {deploy} puts the workspace in force."
        )
