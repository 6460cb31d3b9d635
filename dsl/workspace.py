"""The passes of the compiler, in order: from the bytes of a workspace to plans and diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dsl.catalog import Catalog
from dsl.conversation import Verdict, conclude, converse, hold, scripts
from dsl.definitions import define
from dsl.diagnostics import Diagnostic
from dsl.emails import Email, EmailVersion
from dsl.memory import Memory
from dsl.nodes import Given
from dsl.parts import Part
from dsl.plan import Definitions, EmailDefinition, EmailText, Letterhead, Plan, Texts
from dsl.proofs.placing import Play
from dsl.settings import Settings

if TYPE_CHECKING:
    from dsl.scenarios.compiling import Scripts


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a workspace compiles to. Plans of journeys with errors are absent.

    `given`: what conditions took their meaning from, such as segments and lists with their names.
    `catalog`: what the files declare, for whoever has more names and values to check.
    """

    plans: dict[str, Plan]
    definitions: Definitions
    emails: dict[str, Email]
    settings: Settings | None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    given: Given | None = field(default=None, repr=False)
    catalog: Catalog | None = field(default=None, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not any(d.severity == "error" for d in self.diagnostics)

    def texts(self) -> Texts:
        """Return the emails as they are deployed, with who they come from."""
        email = self.settings.email if self.settings is not None else None
        letterhead = None
        if email is not None:
            letterhead = Letterhead(
                sender=email.sender,
                reply_to=email.reply_to,
                postal_address=email.postal_address,
                unsubscribe=email.unsubscribe,
            )
        return Texts(emails={name: _deployed(e) for name, e in self.emails.items()}, letterhead=letterhead)


def _deployed(email: Email) -> EmailDefinition:
    versions = {name: _text(version) for name, version in sorted(email.versions.items())}
    return EmailDefinition(
        name=email.name, service=email.service, default=_text(email.default), versions=versions
    )


def _text(version: EmailVersion) -> EmailText:
    return EmailText(subject=version.subject, preheader=version.preheader, body=version.body)


def check_workspace(files: Mapping[str, bytes], play: Play | None = None) -> list[Diagnostic]:
    """Return all diagnostics of a workspace, in order of place; make no plans.

    `play`: goes through a plan on the path of a finding, and tells its times.
    """
    part = Part.read(files)
    return conclude(part, hold(converse(part, whole=True)), play=play)


def compile_workspace(files: Mapping[str, bytes]) -> Compiled:
    """Compile a workspace: path relative to it -> bytes, `nurture.toml` included. No file is opened.

    Scenarios are no part of what is deployed: `check_workspace` and `compile_scenarios` look at them.
    """
    part = Part.read(files)
    return _compiled(part, hold(converse(part, whole=True)))


def compile_scenarios(files: Mapping[str, bytes]) -> tuple[Compiled, Scripts]:
    """Compile a workspace with its scenarios. Those of a workspace with errors cannot be played."""
    part = Part.read(files)
    verdict = hold(converse(part, whole=True))
    return _compiled(part, verdict), scripts(part, verdict)


def _compiled(part: Part, verdict: Verdict) -> Compiled:
    definitions = define(part.catalog, part.lines, sound=part.sound)
    diagnostics = conclude(part, verdict, scenarios=False)
    return Compiled(
        plans=part.memory.seal(verdict.plans) if part.sound else {},
        definitions=definitions,
        emails=dict(part.catalog.emails),
        settings=part.catalog.settings,
        diagnostics=diagnostics,
        given=part.catalog.given() if part.sound else None,
        catalog=part.catalog,
    )


class Rechecking:
    """Checks one workspace again and again; after one change it does little more than the change asks for."""

    def __init__(self, play: Play | None = None) -> None:
        self._memory = Memory()
        self._play = play

    def check(self, files: Mapping[str, bytes]) -> list[Diagnostic]:
        """Return all diagnostics, as `check_workspace` does."""
        part = Part.read(files, memory=self._memory)
        verdict = hold(converse(part, whole=True))
        self._memory.forget(files, verdict.plans or self._memory.proved)
        return conclude(part, verdict, play=self._play)


class Recompiling:
    """Compiles one workspace with its scenarios again and again, as fast as what has changed allows."""

    def __init__(self) -> None:
        self._memory = Memory()

    def compile(self, files: Mapping[str, bytes]) -> tuple[Compiled, Scripts]:
        """Return what `compile_scenarios` does."""
        part = Part.read(files, memory=self._memory)
        verdict = hold(converse(part, whole=True))
        self._memory.forget(files, verdict.plans or self._memory.proved)
        return _compiled(part, verdict), scripts(part, verdict)
