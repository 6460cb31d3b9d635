"""The workspace of the storm: a short journey of ten effects, and a newer version of it with eleven."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dsl
from dsl import Compiled
from dsl.plan import After

JOURNEY = "Storm"
MAILS = ("One", "Two", "Three", "Four", "Five", "Six")
ASIDE = "Seen"
"""Sent by `whenever`, to those whose visit falls into their run."""
NEWER = "Seven"
"""Sent by the newer version alone; a worker with the older workspace has no such email."""
SCORE, VISIT, SURVEY = 15, 3, 2

_SETTINGS = """
[workspace]
name = "Storm"
time_zone = "Europe/Berlin"
[email]
from = "Storm <hello@sender.example.com>"
postal_address = "1 Test Street"
[sync."CRM"]
url = "${CRM}"
[channels."sms"]
url = "${SMS}"
allow_private = true
[webhooks."Warehouse"]
url = "${WAREHOUSE}"
allow_private = true
"""

_DEFINITIONS = f"""
forms "Whitepaper", "Survey"

message "Hello" on sms
  text "Hello {{{{ contact.first_name }}}}"

scoring "Lead score"
  add {VISIT} when contact visits page "/pricing"
  add {SURVEY} when contact submits form "Survey"
"""

_JOURNEY = f"""
journey "{JOURNEY}"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send email "One"
  send email "Two"
  add 10 to score
  wait 2 minutes
  send email "Three"
  sync to "CRM"
  wait up to 1 week until contact has submitted form "Survey" ever
  send email "Four"
  send sms "Hello"
  wait 1 minute
  call webhook "Warehouse"
  send email "Five"
  send email "Six"
  add 5 to score

  whenever contact visits page "/pricing"
    send email "{ASIDE}"
"""

_EMAIL = "---\nname: {0}\nclass: marketing\nsubject: {0}\n---\nHello {{{{ contact.first_name }}}}.\n"


def files(*, newer: bool) -> dict[str, bytes]:
    """Return the files of a version."""
    journey = _JOURNEY
    if newer:
        journey = journey.replace("  add 5 to score\n", f'  add 5 to score\n  send email "{NEWER}"\n')
    emails = (*MAILS, ASIDE, *((NEWER,) if newer else ()))
    return {
        "nurture.toml": _SETTINGS.encode(),
        "definitions.journey": _DEFINITIONS.encode(),
        "storm.journey": journey.encode(),
        **{f"emails/{name.lower()}.md": _EMAIL.format(name).encode() for name in emails},
    }


def write(folder: Path, *, newer: bool) -> Path:
    """Write a version as a workspace that `nurture worker` reads."""
    for name, content in files(newer=newer).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def compiled(*, newer: bool) -> Compiled:
    """Compile a version; its minutes last a second."""
    found = dsl.compile_workspace(files(newer=newer))
    assert found.ok, "\n".join(d.message for d in found.diagnostics)
    plan = found.plans[JOURNEY]
    short = tuple(
        After(amount=i.amount, unit="second") if isinstance(i, After) and i.unit == "minute" else i
        for i in plan.instants
    )
    plan = plan.model_copy(update={"instants": short}).sealed()
    return replace(found, plans={JOURNEY: plan})
