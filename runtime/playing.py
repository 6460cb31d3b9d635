"""Playing the path of a finding: the machine goes along it, and says what it sends when.

The proofs find paths without a clock. What such a path means in days and hours only the machine knows: how
long waits and blocks last, when a held email goes out, what a date does to it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from dsl.plan import Plan
from dsl.proofs import Finding
from runtime.explore import Bound, Mail, Path, along

# Looked at for one path, where those that people write need some dozens; and steps of all paths of a check.
_MOST = Bound(happenings=1_000)
_STEPS = 4_000
SILENT = ("loop", "call", "leave", "schedule")
_SHOWN = 8
# That an email does not go out is what these say; the explored world takes every email.
_UNSENT = ("N562",)


class Player:
    """Plays the paths of one check, up to so many steps."""

    def __init__(self) -> None:
        self._left = _STEPS

    def __call__(self, plan: Plan, finding: Finding) -> str:
        """Tell when a contact who enters on a Monday at 10:00 is sent what on the path of a finding.

        Returns "" where that says nothing: no time passes and at most one email goes out; what handlers do
        beside the main flow; a path that the machine was not led along within the bound.
        """
        if finding.trail is None or finding.code in _UNSENT or self._left <= 0:
            return ""
        taken = [plan.steps[number] for number in finding.trail.steps]
        path = along(plan, [step.id for step in taken if step.op not in SILENT], _MOST)
        self._left -= _MOST.happenings if path is None else len(path.steps)
        return "" if path is None else _told(path)


def _told(path: Path) -> str:
    if not path.mails or (len(path.mails) == 1 and not path.seconds):
        return ""
    told = [_mail(mail) for mail in path.mails]
    if path.seconds > path.mails[-1].at:
        told.append(moment(path.seconds))
    if len(told) > _SHOWN:
        told = [*told[: _SHOWN // 2], "…", *told[-_SHOWN // 2 :]]
    return " → ".join([f"enters {moment(0)}{_dates(path)}", *told])


def _mail(mail: Mail) -> str:
    return f"“{mail.email}” {moment(mail.at)}"


def moment(seconds: int, entered: int = _MOST.entered) -> str:
    """Tell a moment as people count on their fingers: the weekday, the time, how many days later."""
    start = datetime.fromtimestamp(entered, UTC)
    then = datetime.fromtimestamp(entered + seconds, UTC)
    days = (then.date() - start.date()).days
    later = f" (day {days})" if days else ""
    return f"{then:%A %H:%M}{later}"


def _dates(path: Path) -> str:
    """Tell the dates that this path took for granted."""
    told = [f"{of}.{name} is {moment(value)}" for of, name, value in path.dates if value is not None]
    return f", {', '.join(told)}" if told else ""
