"""Who there is at the start: `given contact "Ana" of account "Acme" with title "VP", score 40`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dsl import civil
from dsl.constructs.events import PERFECT, Happening
from dsl.constructs.values import points
from dsl.nodes import Name
from dsl.parser import Tree
from dsl.plan import EventDefinition
from dsl.scenarios.lines import Said
from dsl.scenarios.making import Making, reads, string
from dsl.scenarios.moments import sound_length
from dsl.scenarios.script import Before, Company, Event, Mailed, Past, Person
from dsl.scenarios.values import values

MARKETING = "Marketing"


@reads("given_account")
def given_account(said: Said, making: Making) -> None:
    """Read an account."""
    token = string(said.tree)
    name = token.value
    if name in making.companies:
        making.report.add(
            "N201", token.span, f"The account “{name}” is given twice.", "Leave one of them out."
        )
        return
    fields = {"name": name} if "name" in making.check.catalog.account_fields else {}
    told = [t for t in said.tree.trees() if t.rule == "value_of"]
    fields |= values(told, "account", making, making.check.catalog.account_fields)
    making.companies[name] = Company(_slug(name, (c.id for c in making.companies.values())), name, fields)


@reads("given_contact")
def given_contact(said: Said, making: Making) -> None:
    """Read a contact. Without a word about it, it has agreed to marketing, and has been known for a year."""
    token, tree = string(said.tree), said.tree
    name = token.value
    if name in making.people:
        making.report.add(
            "N201", token.span, f"The contact “{name}” is given twice.", "Leave one of them out."
        )
        return
    id_ = _slug(name, (one.id for one in making.people.values()))
    first, _, last = name.partition(" ")
    fields = {"first_name": first, "email": f"{id_}@example.com"} | ({"last_name": last} if last else {})
    told = [t for t in tree.trees() if t.rule == "value_of"]
    fields |= values(told, "contact", making, making.check.catalog.contact_fields)
    address = fields["email"].casefold()
    if twin := next(
        (p.name for p in making.people.values() if p.fields["email"].casefold() == address), None
    ):
        message = f"“{name}” has the address of “{twin}”."
        making.report.add(
            "S205", token.span, message, "Give each an address of its own, or leave one of them out."
        )
    zone = _zone(tree.find("zone_known"), making)
    stage, score, known = tree.find("stage_known"), tree.find("score_known"), tree.find("known_for")
    making.people[name] = Person(
        id=id_,
        name=name,
        fields=fields,
        account=_account(tree.find("of_account"), making),
        time_zone=zone,
        consents=_consents(tree, making),
        tags=_names(tree, "tag_known", "tag", making),
        lists=_names(tree, "list_known", "list", making),
        stage=_name(stage, "stage", making),
        score=points(score.token("NUMERAL").text) if score else 0.0,
        known=_length(known, making) if known else 365 * 86_400,
    )


@reads("given_past")
def given_past(said: Said, making: Making) -> None:
    """Read what a contact has done before the start: it is on record, and no journey hears of it."""
    tree = said.tree
    what = Happening.read(tree.need(*PERFECT), None)
    before = len(making.report.found)
    who = making.contact(string(tree))
    what.check(making.check)
    definition = making.check.catalog.events.get(what.event, EventDefinition())
    if len(making.report.found) == before and definition.subject != "contact":
        message = f"“{what.event}” is done by the {definition.subject}, not by the contact."
        making.report.add("N406", tree.span, message, "Name an event of a contact.")
    told = [t for t in tree.trees() if t.rule == "value_of"]
    properties = values(told, "event", making, definition.fields) | what.args
    fine = who is not None and len(making.report.found) == before
    _bring(said, making, Event(what.event, who, None, properties) if fine else None)


@reads("given_sent")
def given_sent(said: Said, making: Making) -> None:
    """Read an email that a contact has been sent before the start: caps count it, and it can be clicked."""
    whom, email = said.tree.tokens("STRING")[0], string(said.tree.need("sent"))
    known = making.check.known("email", Name.of(email))
    who = making.contact(whom)
    service = known and making.check.catalog.emails[email.value].service
    _bring(said, making, Mailed(email.value, who, service) if known and who else None)


def _bring(said: Said, making: Making, what: Before | None) -> None:
    """Put something on record so long before the start as the line says."""
    length = sound_length(said.tree.need("duration"), making.check)
    if what is not None and length is not None:
        at = civil.add(making.clock.start, -length.whole, length.one, making.clock.zone)
        making.past.append(Past(at, said.line.number, what))


def _account(tree: Tree | None, making: Making) -> str | None:
    if tree is None or tree.has("no"):
        # Where one account is given, everybody is of it who does not say otherwise.
        if tree is None and len(making.companies) == 1:
            return next(iter(making.companies.values())).id
        return None
    return making.account(string(tree))


def _consents(tree: Tree, making: Making) -> tuple[str, ...]:
    found = {MARKETING}
    for one in tree.trees():
        if one.rule == "consent_known" and (name := _name(one, "consent", making)):
            (found.discard if one.has("no") else found.add)(name)
    return tuple(sorted(found))


def _names(tree: Tree, rule: str, kind: str, making: Making) -> tuple[str, ...]:
    found = (_name(one, kind, making) for one in tree.trees() if one.rule == rule)
    return tuple(name for name in found if name is not None)


def _name(tree: Tree | None, kind: str, making: Making) -> str | None:
    if tree is None:
        return None
    name = Name.of(string(tree))
    return name.text if making.check.known(kind, name) else None


def _zone(tree: Tree | None, making: Making) -> str | None:
    """Return the contact's zone: its own, else the scenario's if that says one."""
    if tree is None:
        return making.zone
    token = string(tree)
    if civil.is_zone(token.value):
        return token.value
    making.unknown_zone(token)
    return None


def _length(tree: Tree, making: Making) -> int:
    length = sound_length(tree.need("duration"), making.check)
    return length.seconds if length is not None else 0


def _slug(name: str, taken: Iterable[str]) -> str:
    """Return an id: letters and digits of the name, and a number if another one has the same."""
    base = re.sub(r"\W+", "-", name.casefold()).strip("-") or "x"
    ids, made, number = set(taken), base, 1
    while made in ids:
        number += 1
        made = f"{base}-{number}"
    return made
