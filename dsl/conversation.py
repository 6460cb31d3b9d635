"""The whole check of a part, as a conversation with the part that is checked beside it.

Both parts say the same kind of thing at the same time and hear the other's; a part that is the whole
workspace hears None. Last, each tells its `Verdict`; whoever heard the other's knows all there is to know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dsl.constructs.journey import Journey
from dsl.constructs.segment import lower_segment
from dsl.definitions import define
from dsl.diagnostics import Diagnostic
from dsl.grouping import once_each
from dsl.parts import Part
from dsl.plan import Plan
from dsl.proofs import alone, among, senders, too_large
from dsl.proofs.placing import Play, report_findings
from dsl.proofs.subject import Finding, Subject, starters
from dsl.scenarios import sources

if TYPE_CHECKING:
    from dsl.scenarios.compiling import Scripts


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a part found: in its files, and on the paths of its plans, which only a sound workspace has.

    `large`: journeys of which little was proved. `started`: by whom each journey of all parts is started.
    """

    diagnostics: list[Diagnostic]
    plans: dict[str, Plan] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    large: frozenset[str] = frozenset()
    started: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Conversation = Generator[Any, Any, Verdict]


def converse(part: Part, *, whole: bool = False) -> Conversation:
    """Check a part: yield what the other must know, take what it says, return the verdict on the part.

    `whole`: there is no other, so nothing is made ready to be sent.
    """
    declared = None if whole else (yield part.declared())
    if declared is not None:
        part.join(declared)
    part.check()
    sound = yield part.sound
    if not part.sound or sound is False:
        return Verdict(part.catalog.report.found)
    plans = part.plans()
    started = starters(plans.values())
    more = yield started
    started = _together(started, more) if more else started
    definitions = part.memory.settle(define(part.catalog, part.lines))
    subject = Subject.of(plans, definitions, part.catalog.emails, started)
    subject.journeys = part.memory.journeys(subject)
    findings = too_large(subject)
    subject.senders = senders(subject)
    others: Counter[str] | None = yield subject.senders
    subject.senders = subject.senders + (others or Counter())
    findings += part.memory.findings(subject, alone)
    large = frozenset(plans.keys() - subject.journeys.keys())
    return Verdict(part.catalog.report.found, plans, findings, large, started)


def conclude(
    part: Part, *verdicts: Verdict, play: Play | None = None, scenarios: bool = True
) -> list[Diagnostic]:
    """Return all diagnostics of a workspace from the verdicts on its parts, in the order of their files.

    `play`: tells the times of a path that a proof names; the compiler itself knows no clock. `scenarios`:
    check them, too.
    """
    report = part.catalog.report
    report.found = [d for verdict in verdicts for d in verdict.diagnostics]
    if part.sound:
        plans = {name: plan for verdict in verdicts for name, plan in verdict.plans.items()}
        large = frozenset().union(*(verdict.large for verdict in verdicts))
        findings = [finding for verdict in verdicts for finding in verdict.findings]
        findings += _among(part, {n: p for n, p in plans.items() if n not in large}, verdicts[0].started)
        places = {node.name.text: node.span for node in part.lines if isinstance(node, Journey)}
        report_findings(findings, places, report, plans, play)
    found = once_each(report.sorted())
    return [*found, *scripts(part, *verdicts).diagnostics] if scenarios and sources(part.files) else found


def scripts(part: Part, *verdicts: Verdict) -> Scripts:
    """Return the scenarios of a workspace, ready to be played, and what is wrong with them."""
    from dsl.scenarios.compiling import Around, compile_files
    from dsl.scenarios.offered import Offered, Shared

    plans = {name: plan for verdict in verdicts for name, plan in verdict.plans.items()}
    shared = Shared.of(define(part.catalog, part.lines, sound=part.sound))
    around = Around(part.catalog, Offered.of(plans) if part.sound else None, shared)
    return compile_files(part.files, around, part.memory)


def hold(conversation: Conversation) -> Verdict:
    """Let a part that is the whole workspace talk to nobody."""
    try:
        next(conversation)
        while True:
            conversation.send(None)
    except StopIteration as end:
        verdict: Verdict = end.value
        return verdict


def _among(part: Part, plans: Mapping[str, Plan], started: Mapping[str, tuple[str, ...]]) -> list[Finding]:
    definitions = part.memory.definitions
    assert definitions is not None  # the part's own proofs needed them
    subject = Subject.of(plans, definitions, part.catalog.emails, started)
    subject.journeys = part.memory.journeys(subject)
    given = part.catalog.given()
    named = {
        start.args["segment"] for plan in plans.values() for start in plan.starts if "segment" in start.args
    }
    subject.segments = {name: lower_segment(given, name) for name in named & part.catalog.segments.keys()}
    return among(subject)


def _together(
    one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    return {name: (*one.get(name, ()), *other.get(name, ())) for name in {**one, **other}}
