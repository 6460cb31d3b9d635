"""`nurture migrate`: people inside a journey go on under the version in force."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from runtime.cli.database import database, now, published_journey
from runtime.cli.failures import Failure
from runtime.cli.output import Format, plain, print_json
from runtime.cli.reviewing import CHANGES, UNSAFE
from runtime.migrating import RATE, check_targets, look, undo
from runtime.migrating import migrate as move_all
from runtime.store.moving import Move, Outlook, begin_move, behind, get_move, list_moves
from runtime.store.open import Store
from runtime.store.publishing import find_published


def migrate(
    journey: str | None = None,
    *,
    map: Sequence[str] = (),
    apply: bool = False,
    partly: bool = False,
    rate: Annotated[float, Parameter(validator=Number(gt=0))] = RATE,
    resume: int | None = None,
    undo: int | None = None,
    list: bool = False,
    format: Format = "text",
) -> int:
    """Move people inside a journey to the version in force. Without --apply, only say what would happen.

    Exits with 0 if nobody is left on another version, 3 if some are (or would be moved), 4 if some stand on
    a step that is gone.

    Parameters
    ----------
    journey
        The name of a published journey.
    map
        Where people go whose step is gone: 'old step=new step', or a TOML file with a table [steps].
    apply
        Do it.
    partly
        With --apply: move who can go, and let the others finish the version they are on.
    rate
        The most people to move in a second.
    resume
        Take up the migration with this number again, with its map.
    undo
        Bring back whom the migration with this number has moved, unless they have gone on since.
    list
        List all migrations.
    format
        What to print: text for people, JSON for programs.
    """
    if list:
        return asyncio.run(_list(format))
    if undo is not None:
        return asyncio.run(_undo(undo, rate, format))
    targets = _targets(map)
    found = asyncio.run(_migrate(journey, targets, resume, apply or resume is not None, partly, rate))
    if format == "json":
        print_json(_data(found))
    else:
        print("\n".join(_lines(found)))
    return found.code


@dataclass(frozen=True, slots=True)
class _Found:
    journey: str
    outlook: Outlook
    done: int | None
    left: int

    @property
    def code(self) -> int:
        if self.outlook.stay:
            return UNSAFE
        return CHANGES if self.left else 0


async def _migrate(
    journey: str | None, targets: dict[str, str], resume: int | None, apply: bool, partly: bool, rate: float
) -> _Found:
    async with database() as store:
        one = await _resumed(store, resume, journey, targets) if resume is not None else None
        name = one.journey if one is not None else journey
        if name is None:
            raise Failure("Name the journey: `nurture migrate JOURNEY`. `--list` lists migrations.")
        plan = (await published_journey(store, name)).active[name]
        if one is not None and one.plan != plan.hash:
            raise Failure(
                f"Migration {one.id} was to a version that is no longer in force. "
                f"Begin a new one: `nurture migrate “{name}”`."
            )
        wanted = one.targets if one is not None else targets
        outlook = await look(store, plan, wanted, now())
        if not apply or (outlook.stay and not partly) or not (outlook.moved or outlook.busy):
            return _Found(name, outlook, None, len(await behind(store, name, plan.hash)))
        await check_targets(store, plan, wanted)
        one = one or await begin_move(store, name, plan.hash, targets, now())
        done = await move_all(store, one, now, rate=rate)
        return _Found(name, done, one.id, len(await behind(store, name, plan.hash)))


async def _resumed(store: Store, id_: int, journey: str | None, targets: dict[str, str]) -> Move:
    one = await get_move(store, id_)
    if targets or journey not in (None, one.journey):
        raise Failure(f"Migration {id_} has its journey and its map already; leave them out to resume it.")
    if one.undone is not None:
        raise Failure(f"Migration {id_} was undone. Begin a new one: `nurture migrate “{one.journey}”`.")
    return one


def _lines(found: _Found) -> list[str]:
    outlook, applied = found.outlook, found.done is not None
    if not found.left and not outlook.moved:
        return [f"Nothing to do: everybody inside “{found.journey}” is on the version in force."]
    verb = "moved to the version in force" if applied else "would move to the version in force"
    lines = [f"“{found.journey}”: {_people(outlook.moved)} {verb}."]
    if outlook.busy:
        lines.append(
            f"{_people(outlook.busy)} with something under way: they can go once a worker has done it."
        )
    for (why, step), number in sorted(outlook.stay.items()):
        lines.append(f"{_people(number)} cannot go: {_why(why, step)}")
    if applied:
        lines.append(f"This was migration {found.done}.")
        if found.left:
            lines.append(f"Go on with `nurture migrate --resume {found.done}`.")
        lines.append(f"Take it back with `nurture migrate --undo {found.done}`.")
    elif outlook.stay:
        lines.append(
            "Nothing was changed. Give a target to each step, or move the others with --apply --partly."
        )
    elif outlook.moved or outlook.busy:
        lines.append("Nothing was changed; do it with --apply.")
    return lines


def _why(why: str, step: str) -> str:
    if why == "gone":
        return f"“{step}” is gone. Say where they go: --map '{step}=NEW STEP'."
    if why == "elsewhere":
        return (
            f"“{step}” stands in another block, loop or section now. Name one in the same: --map '{step}=…'."
        )
    return "they stand still by a pause that is gone. They can go when it is over."


def _data(found: _Found) -> dict[str, object]:
    outlook = found.outlook
    stay = [{"why": why, "step": step, "people": n} for (why, step), n in sorted(outlook.stay.items())]
    return {
        "journey": found.journey,
        "migration": found.done,
        "moved": outlook.moved,
        "busy": outlook.busy,
        "stay": stay,
        "left": found.left,
    }


def _targets(given: Sequence[str]) -> dict[str, str]:
    targets: dict[str, str] = {}
    for one in given:
        if one.endswith(".toml"):
            targets |= _from_file(Path(one))
            continue
        old, equals, new = one.partition("=")
        if not equals or not old.strip() or not new.strip():
            raise Failure(f"--map {one!r} is no map. Write --map 'old step=new step', or name a TOML file.")
        targets[old.strip()] = new.strip()
    return targets


def _from_file(file: Path) -> dict[str, str]:
    import tomllib

    try:
        steps = tomllib.loads(file.read_text("utf-8")).get("steps")
    except ValueError as problem:
        raise Failure(f"{file} is no TOML: {problem}.") from problem
    if not isinstance(steps, dict) or not all(isinstance(to, str) for to in steps.values()):
        raise Failure(f'{file} holds no map. Write [steps], and below it lines like "old step" = "new step".')
    return steps


async def _undo(id_: int, rate: float, format: Format) -> int:
    async with database() as store:
        one = await get_move(store, id_)
        back, stay = await undo(store, one, now, rate=rate)
    if format == "json":
        print_json({"migration": id_, "back": back, "stay": stay})
        return CHANGES if stay else 0
    print(f"“{one.journey}”: {_people(back)} back on the version they had.")
    if stay:
        print(f"{_people(stay)} not: they have gone on since, or have something under way.")
    return CHANGES if stay else 0


async def _list(format: Format) -> int:
    from datetime import UTC, datetime

    async with database() as store:
        found = await list_moves(store)
        left = await _left(store, [one for one, _ in found])
    if format == "json":
        rows = [{**plain(one), "runs": runs, "left": left.get(one.id)} for one, runs in found]
        print_json({"migrations": rows})
        return 0
    if not found:
        print("Nobody was ever migrated.")
    for one, runs in found:
        at = datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%d %H:%M")
        undone = ", undone" if one.undone is not None else ""
        print(f"{one.id:>4}  {at} UTC  “{one.journey}”, {_people(runs)}{undone}{_unfinished(one, left)}")
    return 0


async def _left(store: Store, moves: Sequence[Move]) -> dict[int, int]:
    """Return how many are not where the last migration of each journey leads, if that is in force."""
    published = await find_published(store)
    found: dict[int, int] = {}
    seen: set[str] = set()
    for one in moves:  # the newest first
        plan = published.active.get(one.journey) if published is not None else None
        if one.undone is None and one.journey not in seen and plan is not None and plan.hash == one.plan:
            found[one.id] = len(await behind(store, one.journey, one.plan))
        seen.add(one.journey)
    return found


def _unfinished(one: Move, left: dict[int, int]) -> str:
    number = left.get(one.id, 0)
    if not number:
        return ""
    return f"; {_people(number)} still on other versions, go on with --resume {one.id}"


def _people(number: int) -> str:
    return "nobody" if number == 0 else "1 person" if number == 1 else f"{number:,} people"
