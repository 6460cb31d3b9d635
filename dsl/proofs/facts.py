"""Facts on the way: what conditions that were taken say about a contact, until something may change it.

`assume` adds that a condition is true, or false; None means that this contradicts what is known. What is
known is a table from the name of a fact to the values it may still have. Facts of which nothing is known
are not in the table, so a join keeps what both tables say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from dsl.plan import (
    AccountCount,
    AddScore,
    AddTag,
    AddToList,
    AllOf,
    Always,
    AnyOf,
    Compare,
    Condition,
    DateIs,
    DateWithin,
    Definitions,
    GrantConsent,
    HasConsent,
    HasDone,
    HasEngaged,
    HasTag,
    InList,
    IsSet,
    LiftSuppression,
    Not,
    OneOf,
    Ref,
    RemoveFromList,
    RemoveTag,
    Scalar,
    Score,
    SetField,
    SetStage,
    Stage,
    Suppress,
    Suppressed,
    WasSent,
    WithdrawConsent,
)
from dsl.plan.base import PlanModel
from dsl.proofs.days import ahead
from dsl.proofs.domains import ANY, Domain

Facts = Mapping[str, Domain]

EMAIL_EVENTS = ("Email Clicked", "Email Opened", "Email Replied")
_SUPPRESSED = "suppressed"
_PARTS = ("starts", "ends", "contains")
_SIDES = {"before": "lt", "after": "gt", "on": "eq"}
_OPPOSITE = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
# More are not kept: forgetting is safe, and tables are copied at every step.
_MOST = 64


def field_key(ref: Ref) -> str:
    """Name the fact of a field."""
    return f"{ref.of}.{ref.field}"


def sent_key(email: str) -> str:
    """Name the fact that this run has sent an email."""
    return f"sent:{email}"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """How conditions speak of facts. `choices`: all values of the fields that have a closed list."""

    choices: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    # Naming a condition takes longer than all the rest; the condition is kept so that its id stays its own.
    _names: dict[tuple[int, str], tuple[PlanModel, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, definitions: Definitions) -> Knowledge:
        """Know the choices of the declared fields."""
        found: dict[str, tuple[Scalar, ...]] = {}
        owners = (("contact", definitions.contact_fields), ("account", definitions.account_fields))
        for owner, fields in owners:
            for name, one in fields.items():
                if one.type == "choice" and one.choices:
                    found[f"{owner}.{name}"] = one.choices
                elif one.type == "yes or no":
                    found[f"{owner}.{name}"] = (True, False)
        return cls(found)

    def assume(self, facts: Facts, condition: PlanModel, truth: bool) -> Facts | None:
        """Add that a condition is true (or false); None if that cannot be."""
        match condition:
            case Always():
                return facts if condition.value == truth else None
            case Not():
                return self.assume(facts, condition.condition, not truth)
            case AllOf() | AnyOf():
                every = isinstance(condition, AllOf) == truth
                join = self._all if every else self._any
                return join(facts, condition.conditions, truth)
        return self._atom(facts, condition, truth)

    def _all(self, facts: Facts, conditions: Iterable[Condition], truth: bool) -> Facts | None:
        found: Facts | None = facts
        for part in conditions:
            found = None if found is None else self.assume(found, part, truth)
        return found

    def _any(self, facts: Facts, conditions: Iterable[Condition], truth: bool) -> Facts | None:
        ways = [way for part in conditions if (way := self.assume(facts, part, truth)) is not None]
        return join(ways) if ways else None

    def _atom(self, facts: Facts, c: PlanModel, truth: bool) -> Facts | None:
        match c:
            case Compare():
                return self._compare(facts, c, truth)
            case DateIs() | DateWithin() if truth and (days := ahead(c)) is not None:
                near = self._narrow(facts, f"ahead:{field_key(c.left)}", days)
                near = None if near is None else self._narrow(near, field_key(c.left), Domain(empty=False))
                return None if near is None else self._yes_or_no(near, self._other(c), truth)
            case DateIs() if (day := _day(c.right)) is not None:
                return self._date(facts, c, day, truth)
            case OneOf():
                inside = c.negated != truth
                return self._narrow(facts, field_key(c.left), *_one_of(c.values, inside))
            case IsSet():
                found = Domain(empty=False) if c.value == truth else Domain(among=frozenset())
                return self._narrow(facts, field_key(c.left), found)
            case Score():
                return self._narrow(facts, "score", _number(c.kind, c.points, truth).set())
            case Stage():
                return self._narrow(facts, "stage", *_one_of((c.stage,), (c.kind == "eq") == truth))
            case HasTag():
                return self._yes_or_no(facts, f"tag:{c.tag}", truth)
            case InList():
                return self._yes_or_no(facts, f"list:{c.list}", truth)
            case HasConsent():
                return self._yes_or_no(facts, f"consent:{c.consent}", truth)
            case Suppressed():
                return self._yes_or_no(facts, _SUPPRESSED, truth)
            case WasSent() if c.scope.kind == "run":
                return self._yes_or_no(facts, sent_key(c.email), truth)
            case HasDone():
                return self._has_done(facts, c, truth)
            case HasEngaged():
                return self._has_engaged(facts, c, truth)
            case AccountCount():
                count = Domain(empty=False, low=0).ordered("ge" if truth else "lt", c.at_least)
                return self._narrow(facts, self._name("count:", c, at_least=1), count)
        return self._yes_or_no(facts, self._other(c), truth)

    def _compare(self, facts: Facts, c: Compare, truth: bool) -> Facts | None:
        key = field_key(c.left)
        if c.kind in ("eq", "ne") and not isinstance(c.right, Ref):
            equal = (c.kind == "eq") == truth
            return self._narrow(facts, key, *_one_of((c.right,), equal))
        found: Facts | None = facts
        if c.kind in _OPPOSITE and isinstance(c.right, int | float):
            found = self._narrow(facts, key, _number(c.kind, float(c.right), truth))
        elif c.kind in _PARTS and isinstance(c.right, str):
            part = frozenset({(c.kind, c.right, truth)})
            found = self._narrow(facts, key, Domain(empty=not truth, texts=part))
        elif truth and c.kind != "ne":
            found = self._narrow(facts, key, Domain(empty=False))
        # What is not understood further is still the same question when it is asked again.
        return None if found is None else self._yes_or_no(found, self._other(c), truth)

    def _date(self, facts: Facts, c: DateIs, day: int, truth: bool) -> Facts | None:
        """Compare with a day of the calendar; the days of a field are a fact beside its value."""
        kind = _SIDES[c.side]
        found: Facts | None = facts
        if truth:
            found = self._narrow(facts, field_key(c.left), Domain(empty=False))
        return (
            None
            if found is None
            else self._narrow(found, f"day:{field_key(c.left)}", _number(kind, day, truth))
        )

    def _has_done(self, facts: Facts, c: HasDone, truth: bool) -> Facts | None:
        key = self._name("done:", c, at_least=1)
        count = Domain(empty=False, low=0).ordered("ge" if truth else "lt", c.at_least)
        found = self._narrow(facts, key, count)
        email = c.args.get("email") if c.event in EMAIL_EVENTS and c.scope.kind == "run" else None
        if truth and found is not None and email is not None:
            return self._yes_or_no(found, sent_key(email), True)
        return found

    def _has_engaged(self, facts: Facts, c: HasEngaged, truth: bool) -> Facts | None:
        key = self._name("engaged:", c, negated=False)
        found: Facts | None = facts
        if not c.negated or truth:
            found = self._yes_or_no(facts, key, truth and not c.negated)
        # Not to have engaged needs to be known that long: its falsehood says nothing of engagement.
        return None if found is None else self._yes_or_no(found, self._other(c), truth)

    def _other(self, c: PlanModel) -> str:
        return self._name("other:", c)

    def _name(self, kind: str, c: PlanModel, **alike: object) -> str:
        """Name what a condition asks about; conditions that differ only in `alike` have one name."""
        known = self._names.get((id(c), kind))
        if known is None:
            text = (c.model_copy(update=alike) if alike else c).model_dump_json()
            known = self._names[id(c), kind] = (c, kind + text)
        return known[1]

    def _yes_or_no(self, facts: Facts, key: str, truth: bool) -> Facts | None:
        return self._narrow(facts, key, Domain(empty=False).only((truth,)))

    def _narrow(self, facts: Facts, key: str, *more: Domain) -> Facts | None:
        found = facts.get(key, ANY)
        for domain in more:
            found = both(found, domain)
        if not found.possible(self.choices.get(key)):
            return None
        if found == facts.get(key, ANY):
            return facts
        changed = {**facts, key: found}
        while len(changed) > _MOST:
            del changed[next(iter(changed))]
        return changed

    def is_set(self, facts: Facts, key: str) -> bool:
        """Whether a fact certainly has a value."""
        return not facts.get(key, ANY).empty


def _day(right: object) -> int | None:
    """Number a day of the calendar; None for today, another field, or a day of every year."""
    try:
        return date.fromisoformat(str(right)).toordinal()
    except ValueError:
        return None


def _one_of(values: Iterable[Scalar], inside: bool) -> tuple[Domain, ...]:
    """The domain of a field that is, or is not, one of these values; a number also as a range."""
    values = tuple(values)
    if not inside:
        return (ANY.without(values),)
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) == len(values) == 1:
        return (ANY.only(values), Domain(empty=False, low=numbers[0], high=numbers[0]))
    return (ANY.only(values),)


def _number(kind: str, limit: float, truth: bool) -> Domain:
    """The domain of a number for which an order is true; or false, which an empty value is, too."""
    if kind in ("eq", "ne"):
        equal = (kind == "eq") == truth
        return Domain(empty=False, low=limit, high=limit) if equal else ANY.without((limit,))
    if truth:
        return ANY.set().ordered(kind, limit)
    return ANY.ordered(_OPPOSITE[kind], limit)


def both(one: Domain, other: Domain) -> Domain:
    """Return the values that are in both."""
    among = one.among
    if other.among is not None:
        among = other.among if among is None else among & other.among
    found = Domain(one.empty and other.empty, among, one.never | other.never)
    low, low_open = max((one.low, one.low_open), (other.low, other.low_open))
    high, high_closed = min((one.high, not one.high_open), (other.high, not other.high_open))
    texts = one.texts | other.texts if one.texts or other.texts else one.texts
    return Domain(found.empty, found.among, found.never, low, high, low_open, not high_closed, texts)


def join(tables: Iterable[Facts]) -> Facts:
    """Return what all of several tables say."""
    tables = list(tables)
    first, *rest = tables
    for other in rest:
        if other is first:
            continue
        merged = {}
        for key, domain in first.items():
            if key in other and (joined := domain.or_(other[key])) is not None:
                merged[key] = joined
        first = merged
    return first


# What outlasts a wait in a contradiction: the trigger is frozen. On the way to an example, also what only
# the journey itself is likely to change.
FROZEN = ("trigger.",)
STEADY = ("trigger.", "contact.", "account.", "tag:", "sent:")
# All of it: what would be so if nothing but the journey itself changed anything.
ALL = ("",)


def forget(facts: Facts, keep: tuple[str, ...]) -> Facts:
    """Drop what may change while time passes. An event that was counted stays counted in its run."""
    if not facts:
        return facts
    kept: dict[str, Domain] = {}
    for key, domain in facts.items():
        if key.startswith(keep):
            kept[key] = domain
        elif key.startswith("done:") and '"kind":"last"' not in key and domain.low > 0:
            kept[key] = Domain(empty=False, low=domain.low, low_open=domain.low_open)
    return kept


def write(facts: Facts, effect: object) -> Facts:
    """Apply an effect of our own: what was known of the fact is replaced by what it is now."""
    match effect:
        case AddScore():
            return {k: v for k, v in facts.items() if k != "score"}
        case LiftSuppression():  # what the contact or a provider has imposed stays
            return {k: v for k, v in facts.items() if k != _SUPPRESSED}
        case SetStage():
            return {**facts, "stage": Domain(empty=False).only((effect.stage,))}
        case SetField():
            key = field_key(effect.ref)
            old = [k for k in facts if k.startswith(("other:", "day:", "ahead:")) and effect.ref.field in k]
            kept = {k: v for k, v in facts.items() if k not in old}
            if effect.source is not None:
                return {k: v for k, v in kept.items() if k != key}
            source = getattr(effect, "source", None)
            if source is not None:  # as much is known as of the field that it is copied from
                copied = {k: v for k, v in kept.items() if k != key}
                return copied | {key: kept[field_key(source)]} if field_key(source) in kept else copied
            domain = ANY.cleared() if effect.value is None else Domain(empty=False).only((effect.value,))
            return {**kept, key: domain}
    if (standing := _standing(effect)) is not None:
        key, value = standing
        return {**facts, key: Domain(empty=False).only((value,))}
    return facts


def change(facts: Facts, effect: object) -> Facts:
    """Apply an effect of our own, and count points on from the score that is known."""
    known = facts.get("score")
    if not isinstance(effect, AddScore) or known is None:
        return write(facts, effect)
    low, high = known.low + effect.points, known.high + effect.points
    return {
        **facts,
        "score": Domain(False, low=low, high=high, low_open=known.low_open, high_open=known.high_open),
    }


def _standing(effect: object) -> tuple[str, bool] | None:
    """Name the fact that an effect makes true or false, and which of the two."""
    match effect:
        case AddTag() | RemoveTag():
            return f"tag:{effect.tag}", isinstance(effect, AddTag)
        case AddToList() | RemoveFromList():
            return f"list:{effect.list}", isinstance(effect, AddToList)
        case GrantConsent() | WithdrawConsent():
            return f"consent:{effect.consent}", isinstance(effect, GrantConsent)
        case Suppress():
            return _SUPPRESSED, True
    return None


def about(condition: PlanModel) -> str:
    """Name the fact that a plain condition asks about, as effects name what they change."""
    match condition:
        case Score():
            return "score"
        case Stage():
            return "stage"
        case HasTag():
            return f"tag:{condition.tag}"
        case InList():
            return f"list:{condition.list}"
        case HasConsent():
            return f"consent:{condition.consent}"
        case Suppressed():
            return _SUPPRESSED
    left = getattr(condition, "left", None)
    return field_key(left) if isinstance(left, Ref) else f"other:{getattr(condition, 'op', '')}"


def written(effects: Iterable[object]) -> frozenset[str]:
    """Name the facts that these effects change."""
    found: set[str] = set()
    for effect in effects:
        if isinstance(effect, AddScore):
            found.add("score")
        elif isinstance(effect, LiftSuppression):
            found.add(_SUPPRESSED)
        elif (standing := _standing(effect)) is not None:
            found.add(standing[0])
        elif isinstance(effect, SetStage):
            found.add("stage")
        elif isinstance(effect, SetField):
            found.add(field_key(effect.ref))
    return frozenset(found)
