"""Starting: what a worker puts in force, and says of what is in force, before it takes anything up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runtime.cli.database import now
from runtime.cli.loading import refuse, summary
from runtime.cli.watching import Say
from runtime.store import Store, load_published, publish
from runtime.store.deploying import deployed
from runtime.store.publishing import Contents

if TYPE_CHECKING:
    from dsl import Compiled
    from runtime.workspace import Workspace


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


async def as_deployed(store: Store, workspace: Workspace, compiled: Compiled, say: Say) -> Compiled:
    """Return what is deployed, with the settings of a workspace whose other files have errors.

    Raises `Exit` if nothing is deployed that could be carried without them; the errors have been printed.
    """
    base = await deployed(store)
    if base.number == 0 or base.contents.texts is None:
        refuse(workspace, compiled)
    errors = [d for d in compiled.diagnostics if d.severity == "error"]
    say(
        f"this workspace has {summary(errors)}, the first in {errors[0].span.file}, line "
        f"{errors[0].span.line}. Deployment {base.number} is carried as it stands; `nurture check "
        f"{workspace.root}` tells what to mend before the next one."
    )
    published = await load_published(store)
    return replace(compiled, plans=dict(published.active), definitions=published.definitions, emails={})
