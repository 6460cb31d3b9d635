"""The reasons that scenarios may name are those that the product gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import dsl
import runtime
from dsl import pages
from dsl.scenarios import reasons
from runtime import entry
from runtime.expiry import EXPIRED
from runtime.machine.effects import RULES
from runtime.scenarios.stage import REFUSED
from runtime.simulator import Outage
from runtime.suppression import DECIDED, PERMANENT
from runtime.turn import STOPPED_SENDS
from tests.dsl.workspaces import example

_TABLE = re.compile(r"^\| `.*$", re.MULTILINE)
SOURCES = Path(runtime.__file__).parent


def test_why_something_is_held() -> None:
    assert set(RULES) | {STOPPED_SENDS, Outage(0, 0).reason, "http 503"} == set(reasons.HELD)


def test_why_something_is_left_out() -> None:
    assert PERMANENT | {DECIDED} <= set(reasons.SKIPPED)
    code = "".join(
        (SOURCES / f"{name}.py").read_text("utf-8") for name in ("dispatch", "policies", "turn", "expiry")
    )
    assert all(f'"{reason}"' in code or reason in PERMANENT | {DECIDED} for reason in reasons.SKIPPED)
    given = re.findall(r'Skip\("([^"]+)"\)', code)
    assert given
    assert {*given, EXPIRED} <= set(reasons.SKIPPED)


def test_why_nobody_is_let_in() -> None:
    assert set(get_args(entry.Reason)) - {"not published"} == set(reasons.NOT_ENTERED)


def test_the_page_of_the_code_lists_all_of_them() -> None:
    page = pages.page("S303")
    rows = {
        row.split("|")[1].strip(" `"): set(re.findall("`([^`]+)`", row.split("|")[2]))
        for row in _TABLE.findall(page)
    }
    assert rows["held because"] == set(reasons.HELD)
    assert rows["skipped because"] - {"suppress contact because"} == set(reasons.SKIPPED)
    assert rows["does not enter … because"] == set(reasons.NOT_ENTERED)
    plans = dsl.compile_workspace(example()).plans
    assert rows["leaves … because"] <= set(reasons.left(plans["Whitepaper nurture"]))


def test_why_an_email_fails() -> None:
    assert REFUSED in reasons.failed()


def test_why_a_run_is_over() -> None:
    plans = dsl.compile_workspace(example("lifecycle")).plans
    left = reasons.left(plans["Executive track"])
    assert "No reaction" in left
    assert {"completed", "stopped by hand"} <= set(left)
    stops = reasons.left(plans["Webinar"])
    assert "contact does Webinar Cancelled where event.webinar_id is trigger.webinar_id" in stops
    assert reasons.goals(plans) == {"Converted", "Meeting", "Reply", "Engaged attendee"}
