"""Failures: which exceptions are expected, and the sentence and exit code of each.

Exceptions are known by name, so that a command that uses no database imports none.
"""

from __future__ import annotations

import os

FILES, TOOL = 1, 2

EXPECTED = {
    "runtime.workspace.WorkspaceError": FILES,
    "runtime.people.FileError": FILES,
    "runtime.connecting.HostingError": FILES,
    "runtime.replay.reading.HistoryError": FILES,
    "runtime.cli.failures.Failure": TOOL,
    "runtime.config.ConfigError": TOOL,
    "runtime.store.errors.StoreError": TOOL,
    "runtime.published.PlanMissing": TOOL,
    "runtime.versions.aligning.MapError": TOOL,
    "runtime.demo.DemoError": TOOL,
    "runtime.populations.crowd.CrowdLost": TOOL,
    "runtime.tracing.TracingError": TOOL,
    "runtime.builds.BuildError": TOOL,
    "runtime.reaching.TemporalUnreachable": TOOL,
    "runtime.encryption.Undecipherable": TOOL,
    "runtime.development.DevelopmentError": TOOL,
    "runtime.embedded.ServerMissing": TOOL,
    "runtime.virtual.NotAtRest": TOOL,
    "runtime.sockets.PortTaken": TOOL,
    "activities.outcomes.ChannelError": TOOL,
}
"""The root exceptions whose message is a sentence for the user, and what each means for the exit code."""

_FILE = "runtime.people.FileError"  # may tell of several mistakes, each in a line
_DATABASE = "sqlalchemy.exc.SQLAlchemyError"
_TEMPORAL = "temporalio.service.RPCError"


class Exit(Exception):
    """End the command with this code; everything has been said."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Failure(Exception):
    """The command cannot do what it was asked. The message is a sentence that says what to do."""


def code_of(error: BaseException) -> int:
    """Return the exit code that an exception means."""
    return next((EXPECTED[name] for name in _names(error) if name in EXPECTED), TOOL)


def sentence(error: BaseException) -> str:
    """Say what went wrong, in one sentence or two, never with a traceback."""
    names = _names(error)
    said = " ".join(str(error).split())
    if _FILE in names:
        return "\n".join(" ".join(line.split()) for line in str(error).splitlines())
    if any(name in EXPECTED for name in names):
        return said
    if _DATABASE in names:
        cause = " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())
        return f"The database failed: {cause}. Nothing was half done; try again when it runs."
    if _TEMPORAL in names:
        return f"Temporal failed: {said}. Nothing was lost; try again when it runs."
    if isinstance(error, OSError):
        place = f" {os.fspath(error.filename)}" if error.filename else ""
        return f"The system refused{place}: {error.strerror or type(error).__name__}."
    return (
        f"This should not have happened ({type(error).__name__}: {said[:200] or 'no more is known'}). "
        "Set NURTURE_DEBUG=1 and run it again to see where."
    )


def _names(error: BaseException) -> list[str]:
    return [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
