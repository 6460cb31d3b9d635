"""`nurture pause`, `resume` and `stop`: by hand, at once, without a deploy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from cyclopts import Parameter

from runtime.cli.database import database, now, who
from runtime.cli.failures import Failure
from runtime.cli.output import Format, print_json
from runtime.reporting.words import count
from runtime.store import Store, find_contact, switches
from runtime.store.switches import Scope, Told

# Whom it concerns, and who does it: options of all three, with what is told of them.
OneRun = Annotated[str | None, Parameter(help="One run, by its id.")]
OfContact = Annotated[str | None, Parameter(help="All runs of one contact, by its id or email address.")]
OfJourney = Annotated[str | None, Parameter(help="All runs of one journey.")]
Everything = Annotated[bool, Parameter(help="Everything.")]
By = Annotated[str | None, Parameter(help="Who does it. Your name on this machine, unless given.")]


def pause(
    *,
    run: OneRun = None,
    contact: OfContact = None,
    journey: OfJourney = None,
    all: Everything = False,
    by: By = None,
    format: Format = "text",
) -> int:
    """Let runs stand still until `nurture resume`: nothing is sent, and lengths of time stand still too.

    Goals and exits end a paused run at once. Who enters meanwhile stands still at the door.

    Parameters
    ----------
    format
        What to print: text for people, JSON for programs.
    """
    asked = _Asked(run, contact, journey, all, by)
    scope, told = asked.do(switches.pause)
    already = "" if told.changed else " (already)"
    said = f"Paused {_whom(scope)}{already}: {_runs(told)} now {_stand(told)} still."
    return _said(format, "pause", scope, told, asked.by, f"{said} Go on: nurture resume {_option(scope)}")


def resume(
    *,
    run: OneRun = None,
    contact: OfContact = None,
    journey: OfJourney = None,
    all: Everything = False,
    sends: bool = False,
    by: By = None,
    format: Format = "text",
) -> int:
    """Let go on what `nurture pause` let stand still, or with --sends what `nurture stop --sends` held.

    Parameters
    ----------
    sends
        Let sends go again that were stopped; for all, unless a run, contact or journey is named.
    format
        What to print: text for people, JSON for programs.
    """
    asked = _Asked(run, contact, journey, all, by, sends)
    scope, told = asked.do(switches.resume_sends if sends else switches.resume)
    what = "Sends go again for" if sends else "Goes on:"
    looks = "looks at what it holds" if told.runs == 1 else "look at what they hold"
    said = f"{what} {_whom(scope)}. {_runs(told)} {looks if sends else 'told'}."
    if not told.changed and not told.runs:
        said = f"Nothing was {'stopped' if sends else 'paused'} by hand for {_whom(scope)}; nothing was done."
    return _said(format, "resume sends" if sends else "resume", scope, told, asked.by, said)


def stop(
    *,
    run: OneRun = None,
    contact: OfContact = None,
    journey: OfJourney = None,
    all: Everything = False,
    sends: bool = False,
    by: By = None,
    format: Format = "text",
) -> int:
    """End runs at once, or with --sends let no email and no message go until `nurture resume --sends`.

    What a run holds is dropped as it leaves; what a provider is being given just now is finished. New runs
    may begin: pause a journey first to keep them standing.

    Parameters
    ----------
    sends
        Stop sends instead of runs: they are held, and go on when that is lifted. For all, unless a run,
        contact or journey is named.
    format
        What to print: text for people, JSON for programs.
    """
    asked = _Asked(run, contact, journey, all, by, sends)
    if sends:
        scope, told = asked.do(switches.stop_sends)
        already = "" if told.changed else " (already)"
        said = (
            f"No email and no message goes for {_whom(scope)} from now on{already}; they are held. Lift it: "
            f"nurture resume --sends{'' if scope.kind == 'all' else ' ' + _option(scope)}"
        )
        return _said(format, "stop sends", scope, told, asked.by, said)
    scope, told = asked.do(switches.stop)
    held = f", and {count(told.held, 'effect')} that {_were(told.held)} held {_were(told.held)} dropped"
    said = f"Stopped {_whom(scope)}: {_runs(told)} {'leaves' if told.runs == 1 else 'leave'} now"
    return _said(format, "stop", scope, told, asked.by, f"{said}{held if told.held else ''}.")


class _Asked:
    """Whom a person named. Raises `Failure` unless it is one scope."""

    def __init__(
        self,
        run: str | None,
        contact: str | None,
        journey: str | None,
        all: bool,
        by: str | None,
        sends: bool = False,
    ) -> None:
        named = {"run": run, "contact": contact, "journey": journey}
        given = [Scope(kind, name) for kind, name in named.items() if name is not None]
        given += [Scope()] if all or (sends and not given) else []
        if len(given) != 1:
            raise Failure("Say whom it concerns: one of --run, --contact, --journey, or --all.")
        self.scope, self.by = given[0], who(by)

    def do(self, act: Callable[[Store, Scope, str, int], Awaitable[Told]]) -> tuple[Scope, Told]:
        """Do it; return whom it concerns by id, and what came of it."""

        async def done() -> tuple[Scope, Told]:
            async with database() as store:
                scope = self.scope
                if scope.kind == "contact":
                    scope = Scope("contact", await find_contact(store, scope.name))
                return scope, await act(store, scope, self.by, now())

        return asyncio.run(done())


def _said(format: Format, what: str, scope: Scope, told: Told, by: str, sentence: str) -> int:
    if format == "json":
        done: dict[str, Any] = {"done": what, "scope": scope.kind, "name": scope.name, "by": by}
        print_json({**done, "changed": told.changed, "runs": told.runs, "dropped": told.held})
    else:
        print(sentence)
    return 0


def _whom(scope: Scope) -> str:
    match scope.kind:
        case "all":
            return "everything"
        case "journey":
            return f"the journey “{scope.name}”"
        case kind:
            return f"the {kind} {scope.name}"


def _option(scope: Scope) -> str:
    if scope.kind == "all":
        return "--all"
    return f'--{scope.kind} "{scope.name}"' if " " in scope.name else f"--{scope.kind} {scope.name}"


def _runs(told: Told) -> str:
    return count(told.runs, "run")


def _stand(told: Told) -> str:
    return "stands" if told.runs == 1 else "stand"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
