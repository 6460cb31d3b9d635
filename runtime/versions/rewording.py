"""Rewording: what differs in the emails of two deployments that no journey's plan tells of.

The texts in force are those of everybody, people inside included: they are no part of a run's version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dsl.plan import Letterhead
from runtime.versions.change import Change, Contents
from runtime.versions.needing import Standing, emails_sent


def reworded(old: Contents, new: Contents, standing: Sequence[Standing]) -> Iterator[Change]:
    """Return what differs in emails and letterhead, but for emails that the changes of a journey name.

    `standing`: the versions that people are inside of, and that may send what no journey in force sends.
    """
    if new.texts is None or old.texts is None:
        if new.texts is not None:
            yield Change("wording", "the texts of all emails are deployed with the journeys from now on")
        elif old.texts is not None:
            yield Change("inside", "each worker sends the emails of its own workspace again")
        return
    before, after = old.texts.digests(), new.texts.digests()
    told = _told(old, new)
    for name in sorted({*before, *after}):
        if name in told or before.get(name) == after.get(name):
            continue
        if name in before and name in after:
            yield Change("wording", f"the text of the email “{name}”")
        people = sum(one.people for one in standing if name in emails_sent(one.plan))
        if people and name not in before:
            what = f"the email “{name}” is there again, and people inside an older version get it"
            yield Change("inside", what, "", people)
        elif name in after and name not in before and name not in _sent(new):
            yield Change("wording", f"the email “{name}” is new, and no journey sends it")
        elif not people and name not in after and name not in _sent(old):
            yield Change("wording", f"the email “{name}” is gone, and no journey sent it")
    yield from _letterheads(old.texts.letterhead, new.texts.letterhead)


def _told(old: Contents, new: Contents) -> set[str]:
    pairs = [(old.active[journey], new.active[journey]) for journey in old.active.keys() & new.active.keys()]
    return {
        name
        for one, other in pairs
        for name in one.emails.keys() & other.emails.keys()
        if one.emails[name] != other.emails[name]
    }


def _sent(contents: Contents) -> set[str]:
    return {name for plan in contents.active.values() for name in plan.emails}


def _letterheads(old: Letterhead | None, new: Letterhead | None) -> Iterator[Change]:
    before, after = old or Letterhead(sender=""), new or Letterhead(sender="")
    if before.sender != after.sender:
        yield Change("inside", f"emails come from {after.sender or 'nobody'}")
    if before.reply_to != after.reply_to:
        yield Change("inside", f"answers to emails go to {after.reply_to or 'the sender'}")
    if before.unsubscribe != after.unsubscribe:
        where = after.unsubscribe or "the sender"
        yield Change("inside", f"mails that take contacts off the list go to {where}")
    if before.postal_address != after.postal_address:
        yield Change("wording", "the postal address under emails")
