"""The journeys of the fault tests, and the host that runs them. Both the test and the doomed use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import httpx2

import dsl
from activities.host import Host
from activities.smtp import Patience
from dsl import Compiled
from dsl.plan import After
from runtime.hosting import Connections, build_host
from runtime.store import Store

SECRET = b"a secret of the fault tests"

_SETTINGS = """
[workspace]
name = "Faults"
time_zone = "Europe/Berlin"
[email]
from = "Faults <hello@sender.example.com>"
postal_address = "1 Test Street"
[teams."SDR"]
emails = ["sdr@sender.example.com"]
members = ["one@sender.example.com"]
chat = "${CHAT}"
[sync."CRM"]
url = "${CRM}"
[channels."sms"]
url = "${SMS}"
allow_private = true
[webhooks."Warehouse"]
url = "${WAREHOUSE}"
allow_private = true
"""

_DEFINITIONS = """
forms "Whitepaper"
tags "hot"

message "Hello" on sms
  text "Hello {{ contact.first_name }}"

handoff "SDR"
  assign to round robin
  notify team "SDR"
  respond within 24 hours
"""

_MIDDLE = {
    "Mails": 'send email "First"',
    # Whose first turn brings no effect, so that it is booked by itself.
    "Later": 'wait 1 minute\n  send email "First"',
    "Notice": 'notify team "SDR" "Look at this"',
    "Sync": 'sync to "CRM"',
    "Both": 'send email "First"\n  sync to "CRM"',
    "Message": 'send sms "Hello"',
    "Webhook": 'call webhook "Warehouse"',
    "Handoff": "",
}

# At the end, so that nothing else is under way when the handoff's workflow dies.
_LAST = {"Handoff": 'hand off to "SDR"'}

_JOURNEY = """
journey "{name}"
  start when contact submits form "Whitepaper"
  runs once for each contact

  add 10 to score
  add tag "hot"
  {middle}
  add 10 to score
  wait 1 minute
  send email "Last"
  add 5 to score
  {last}
"""

_EMAIL = "---\nname: {0}\nclass: marketing\nsubject: {0}\n---\nHello {{{{ contact.first_name }}}}.\n"


@cache
def compiled(journey: str) -> Compiled:
    """Compile a workspace with one of the journeys; its minute lasts a second."""
    filled = _JOURNEY.format(name=journey, middle=_MIDDLE[journey], last=_LAST.get(journey, ""))
    text = "".join(f"{line}\n" for line in filled.splitlines() if not line or line.strip())
    found = dsl.compile_workspace(
        {
            "nurture.toml": _SETTINGS.encode(),
            "definitions.journey": _DEFINITIONS.encode(),
            "faults.journey": text.encode(),
            "emails/first.md": _EMAIL.format("First").encode(),
            "emails/last.md": _EMAIL.format("Last").encode(),
        }
    )
    assert found.ok, "\n".join(d.message for d in found.diagnostics)
    plan = found.plans[journey]
    plan = plan.model_copy(update={"instants": (After(amount=1, unit="second"),)}).sealed()
    return replace(found, plans={journey: plan})


def host(
    journey: str,
    store: Store,
    client: httpx2.AsyncClient,
    urls: dict[str, str],
    relay: Callable[..., object],
    answer_within: float = 0.5,
) -> Host:
    """Build the host of a worker. `urls`: those of `SMTP`, `CRM`, `CHAT`, `SMS` and `WAREHOUSE`.

    Here those whose worker has offered and died are waited for half a second, not 45.
    """
    connections = Connections(
        urls["SMTP"],
        SECRET,
        {f"${{{name}}}": url for name, url in urls.items()}.get,
        patience=Patience(pauses=()),
    )
    built = build_host(compiled(journey), store, client, connections, relay)  # type: ignore[arg-type]
    return replace(built, answer_within=answer_within)
