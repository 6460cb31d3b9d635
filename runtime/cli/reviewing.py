"""Reviewing: what `plan` shows, `deploy` and `rollback` apply, and a file in between keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.cli.failures import Failure
from runtime.cli.loading import load_to_run
from runtime.cli.output import plain
from runtime.store.deploying import NOTHING, Deployed, deployed, standing
from runtime.store.open import Store
from runtime.store.publishing import Contents
from runtime.versions.change import TIERS, Change, Changed, Tier
from runtime.versions.differing import compare

CHANGES, UNSAFE = 3, 4
"""Exit codes of `plan` and of a dry run: something would change; something would, and is not safe."""

_FORMAT = 1
_TIERS = {
    "wording": "Wording only",
    "entering": "People who enter from now on",
    "inside": "People inside",
    "unsafe": "Unsafe",
}


@dataclass(frozen=True, slots=True)
class Review:
    """A workspace, or an earlier deployment, beside what is deployed."""

    contents: Contents
    base: Deployed
    changes: Sequence[Changed]

    @property
    def workspace(self) -> str:
        """Return the digest of the workspace."""
        return self.contents.digest()

    @property
    def nothing(self) -> bool:
        """Whether the workspace is what is deployed."""
        return not self.changes and self.workspace == self.base.digest

    @property
    def unsafe(self) -> bool:
        """Whether something would happen to people inside that nobody can want."""
        return any(change.tier == "unsafe" for one in self.changes for change in one.changes)

    @property
    def code(self) -> int:
        """Return the exit code that tells of it."""
        return 0 if self.nothing else UNSAFE if self.unsafe else CHANGES


def read_contents(workspace: Path) -> Contents:
    """Compile a workspace; return what it would put in force."""
    from runtime.hosting import proofread

    _found, compiled = load_to_run(workspace)
    proofread(compiled)
    return Contents.of(compiled.definitions, compiled.plans.values(), compiled.texts())


async def review(store: Store, contents: Contents, base: Deployed | None = None) -> Review:
    """Compare a workspace with what is deployed, which is `base` if the caller has looked already."""
    base = base or await deployed(store)
    return Review(contents, base, compare(base.contents, contents, await standing(store)))


def first(contents: Contents) -> Review:
    """Compare a workspace with nothing: there is no database yet."""
    return Review(contents, NOTHING, compare(NOTHING.contents, contents, ()))


def to_json(found: Review) -> dict[str, Any]:
    """Return a reviewed plan as data."""
    return {
        "format": _FORMAT,
        "workspace": found.workspace,
        "deployed": {"number": found.base.number, "digest": found.base.digest},
        "unsafe": found.unsafe,
        "journeys": [plain(one) for one in found.changes],
    }


def check_file(file: Path, found: Review, *, unsafe: bool = False) -> None:
    """See to it that a reviewed plan is of this workspace and of what is deployed now, and of people as now.

    `unsafe`: whoever deploys allows what is unsafe, be it in the file or not.

    Raises:
        Failure: it is not, or it is no reviewed plan.
    """
    try:
        data = json.loads(file.read_text("utf-8"))
        workspace, base = data["workspace"], data["deployed"]
        number, digest, format_ = base["number"], base["digest"], data["format"]
        known = {(one, what, step): (TIERS.index(tier), n) for one, what, step, tier, n in _rows(data)}
    except (ValueError, KeyError, TypeError) as problem:
        raise Failure(f"{file} is no reviewed plan. Write one with `nurture plan --out {file}`.") from problem
    if format_ != _FORMAT:
        raise Failure(
            f"{file} was written by another version of Nurture. Write it again with `nurture plan`."
        )
    again = f"Nothing was changed; look again with `nurture plan --out {file}`."
    if workspace != found.workspace:
        raise Failure(f"The workspace has changed since {file} was written. {again}")
    if (number, digest) != (found.base.number, found.base.digest):
        raise Failure(
            f"What is deployed has changed since {file} was written: it is deployment "
            f"{found.base.number or 'none'} now, and was {number or 'none'}. {again}"
        )
    worse = None if unsafe else next(_worse(known, found), None)
    if worse is not None:
        raise Failure(f"Who is inside has changed since {file} was written: {worse}. {again}")


def _rows(data: dict[str, Any]) -> Iterator[tuple[str, str, str, Tier, int]]:
    """Read the changes of a reviewed plan."""
    for one in data["journeys"]:
        for change in one["changes"]:
            yield one["journey"], change["what"], change["step"], change["tier"], int(change["people"])


def _worse(known: Mapping[tuple[str, str, str], tuple[int, int]], found: Review) -> Iterator[str]:
    """Tell what concerns people inside now and did not as it was reviewed; or more of them, and is unsafe."""
    entering, unsafe = TIERS.index("entering"), TIERS.index("unsafe")
    for one in found.changes:
        for change in one.changes:
            tier = TIERS.index(change.tier)
            before, people = known.get((one.journey, change.what, change.step), (entering, 0))
            if tier > max(before, entering) or (tier == unsafe and change.people > people):
                where = f"“{one.journey}”, " if one.journey else ""
                yield f"{where}{_TIERS[change.tier].lower()}, {change.what}{_stand(change)}"


def told(found: Review) -> str:
    """Say what would change, journey by journey and tier by tier."""
    if found.nothing:
        return f"Nothing to do: the workspace is what is deployed (deployment {found.base.number})."
    lines: list[str] = []
    for one in found.changes:
        lines += [*_journey(one), ""]
    return "\n".join(lines).rstrip()


def _journey(one: Changed) -> list[str]:
    if not one.journey:
        head = "Shared by all journeys, for everybody at once"
    else:
        head = f"“{one.journey}”, {_people(one.people)} inside"
        if one.people and one.kind == "changed":
            head += ", who move to the new version" if one.moves else ", who stay on their version"
    lines = [head]
    for tier in TIERS:
        of_tier = [change for change in one.changes if change.tier == tier]
        if of_tier:
            lines.append(f"  {_TIERS[tier]}:")
        for change in of_tier:
            step = f"  [{change.step}]" if change.step else ""
            lines.append(f"    - {change.what}{_stand(change)}{step}")
    return lines


def _stand(change: Change) -> str:
    if not change.people:
        return ""
    if not change.step:
        return f" ({_people(change.people)})"
    return f", where {_people(change.people)} {'stands' if change.people == 1 else 'stand'}"


def _people(number: int) -> str:
    return "nobody" if number == 0 else "1 person" if number == 1 else f"{number:,} people"
