"""The entry point: which commands there are, and what every one of them does with success and failure."""

from __future__ import annotations

import os
import sys

from cyclopts import App, CycloptsError

from runtime.cli.failures import Exit, code_of, sentence

_COMMANDS = {
    "check": ("runtime.cli.check:check", "Check a workspace, or one journey of it."),
    "fmt": ("runtime.cli.fmt:fmt", "Give all journeys and scenarios one look."),
    "explain": ("runtime.cli.explain:explain", "Tell a journey in plain sentences, or what a code means."),
    "graph": ("runtime.cli.graph:graph", "Draw a journey."),
    "paths": ("runtime.cli.paths:paths", "Tell the ways through a journey."),
    "cost": ("runtime.cli.cost:cost", "Say what a run of a journey spends on Temporal."),
    "simulate": ("runtime.cli.simulate:simulate", "Send contacts through a journey in virtual time."),
    "test": ("runtime.cli.testing:play_scenarios", "Play the scenarios of a workspace in virtual time."),
    "backtest": ("runtime.cli.backtest:backtest", "Replay what was recorded through two versions."),
    "demo": ("runtime.cli.demo:demo", "Run fifty contacts through a 90-day journey on real Temporal."),
    "dev": ("runtime.cli.dev:dev", "Run everything on this machine, in real time."),
    "worker": ("runtime.cli.worker:worker", "Publish a workspace, and carry its runs."),
    "plan": ("runtime.cli.plan:plan", "Show what a deploy would change, and for whom."),
    "deploy": ("runtime.cli.deploy:deploy", "Put a workspace in force, as it was reviewed."),
    "rollback": ("runtime.cli.rollback:rollback", "Put what was in force before in force again."),
    "migrate": ("runtime.cli.migrate:migrate", "Move people inside a journey to the version in force."),
    "import": ("runtime.cli.importing:app", "Bring contacts, accounts or events in from a CSV file."),
    "backfill": ("runtime.cli.backfill:backfill", "Bring events of the past on record."),
    "enter": ("runtime.cli.enter:enter", "Start a journey for one contact."),
    "event": ("runtime.cli.event:event", "Record that something happened."),
    "erase": ("runtime.cli.erase:erase_contact", "Forget a contact, everywhere."),
    "merge": ("runtime.cli.merge:merge", "Let two contacts be one."),
    "suppress": ("runtime.cli.suppressing:suppress", "Let no marketing reach one contact."),
    "lift": (
        "runtime.cli.suppressing:lift",
        "Let marketing reach one contact again.",
    ),
    "pause": ("runtime.cli.intervening:pause", "Let runs stand still by hand."),
    "resume": ("runtime.cli.intervening:resume", "Let runs, or sends, go on."),
    "stop": ("runtime.cli.intervening:stop", "End runs at once, or hold all sends."),
    "status": ("runtime.cli.status:status", "Tell what is paused, held, waiting and in doubt."),
    "purge": ("runtime.cli.purge:purge", "Remove rows that no decision can need any more."),
    "doubts": ("runtime.cli.doubts:app", "List and settle what may or may not have arrived."),
    "show": ("runtime.cli.show:show", "Tell a contact's story."),
    "replay": ("runtime.cli.replay:replay", "Tell what happened in histories of Temporal."),
    "why": ("runtime.cli.why:why", "Say why a contact got an email, or why not."),
}

MISUSED = 2
_INTERRUPTED = 130  # 128 + SIGINT, as shells count
_PIPE_CLOSED = 141  # 128 + SIGPIPE


def build() -> App:
    """Return the application. The modules of its commands are not imported yet."""
    app = App(
        name="nurture",
        help="A language for B2B nurture journeys: checked, simulated, and run durably on Temporal.",
        version=_version,
        version_flags=["--version"],
        help_format="plaintext",
        suppress_keyboard_interrupt=False,
    )
    for name, (path, words) in _COMMANDS.items():
        app.command(path, name=name, help=words)
    return app


def main() -> int:
    """Run the command that the process was started for; return its exit code.

    0: fine. 1: the user's files are wrong. 2: the tool failed, or was called wrongly.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    code = run(sys.argv[1:])
    code = _flushed(code)
    if "temporalio.bridge" in sys.modules:
        # Temporal's native threads may abort the process while the interpreter takes itself apart.
        os._exit(code)
    return code


def run(arguments: list[str]) -> int:
    """Run a command, and turn whatever it raises into a sentence and a code."""
    if arguments and not arguments[0].startswith("-") and arguments[0] not in _COMMANDS:
        return _unknown(arguments[0])
    try:
        returned = build()(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except Exit as wanted:
        return wanted.code
    except CycloptsError as mistake:
        return _misused(mistake, arguments)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        return _closed()
    except Exception as error:
        if os.environ.get("NURTURE_DEBUG"):
            raise
        print(f"nurture: {sentence(error)}", file=sys.stderr)
        return code_of(error)
    return returned if isinstance(returned, int) else 0


def _unknown(word: str) -> int:
    """Refuse a command ourselves: Cyclopts would import all commands to say what it knows."""
    from dsl.spelling import nearest

    guess = nearest(word, _COMMANDS)
    advice = f"Did you mean {guess}?" if guess else "See `nurture --help`."
    print(f"nurture: There is no command {word}. {advice}", file=sys.stderr)
    return MISUSED


def _misused(mistake: CycloptsError, arguments: list[str]) -> int:
    command = arguments[0] if arguments and arguments[0] in _COMMANDS else ""
    help_ = " ".join(part for part in ("nurture", command, "--help") if part)
    said = " ".join(str(mistake).split())
    print(f"nurture: {said.rstrip('.')}. See `{help_}`.", file=sys.stderr)
    return MISUSED


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        return _closed()
    except OSError as problem:
        print(f"nurture: the output could not be written: {problem.strerror}.", file=sys.stderr)
        return 2
    return code


def _closed() -> int:
    """Keep the interpreter from complaining again when it flushes what nobody reads."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _PIPE_CLOSED


def _version() -> str:
    from importlib.metadata import version

    return f"nurture {version('nurture-dsl')}"
