"""Random small journeys, written as a person would, for comparing figures with the machine's own paths."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from dsl import compile_workspace
from dsl.plan import Plan
from tests.dsl.workspaces import HEAD, workspace

_SENDS = ('send email "News"', 'send email "Offer"', 'send service email "Receipt"')


@dataclass
class Writer:
    """Writes lines; every condition and event is another one, so that all ways are free."""

    draw: st.DrawFn
    asked: int = 0
    repeats: int = 0

    def body(self, depth: int, most: int, indent: str) -> list[str]:
        lines: list[str] = []
        for _ in range(self.draw(st.integers(1, most))):
            lines += self.line(depth, indent)
        return lines

    def line(self, depth: int, indent: str) -> list[str]:
        kinds = ["send", "send", "wait", "event"] + (["if", "arms", "repeat"] if depth else [])
        kind = self.draw(st.sampled_from(kinds))
        if kind == "send":
            return [indent + self.draw(st.sampled_from(_SENDS))]
        if kind == "wait":
            return [f"{indent}wait {self.time()}"]
        if kind == "event":
            return [f'{indent}wait up to {self.time()} until contact visits page "{self.page()}"']
        if kind == "repeat" and self.repeats < 2:
            self.repeats += 1
            times = self.draw(st.integers(2, 3))
            return [f"{indent}repeat up to {times} times", *self.body(0, 2, indent + "  ")]
        inner = indent + "  "
        if kind == "arms":
            way = [f'{inner}when contact visits page "{self.page()}"', *self.body(depth - 1, 1, inner + "  ")]
            return [f"{indent}wait up to {self.time()}", *way]
        lines = [f'{indent}if contact has visited page "{self.page()}" ever', *self.body(depth - 1, 2, inner)]
        if self.draw(st.booleans()):
            lines += [f"{indent}otherwise", *self.body(depth - 1, 1, inner)]
        return lines

    def time(self) -> str:
        count = self.draw(st.integers(2, 5))
        return f"{count} {self.draw(st.sampled_from(('days', 'hours')))}"

    def page(self) -> str:
        self.asked += 1
        return f"/{self.asked}"


@st.composite
def flows(draw: st.DrawFn) -> str:
    """Write a journey without timed blocks."""
    return "\n".join(Writer(draw).body(2, 4, "  ")) + "\n"


@st.composite
def calendars(draw: st.DrawFn) -> str:
    """Write a journey of timed blocks, some of which keep each other waiting."""
    writer = Writer(draw)
    lines: list[str] = []
    day = 0
    for _ in range(draw(st.integers(1, 3))):
        lines += [f"  day {day}", *writer.body(1, 2, "    ")]
        day += draw(st.integers(1, 4))
    return "\n".join(lines) + "\n"


def plan(text: str, head: str = "") -> Plan:
    compiled = compile_workspace(workspace(HEAD + head + text))
    assert compiled.ok, compiled.diagnostics
    return compiled.plans["Test"]
