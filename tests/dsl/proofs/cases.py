"""The journeys of `cases.journey`, and what is expected of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.dsl.workspaces import HEAD, email, workspace

_EXPECTED = re.compile(r"\s*#! (?P<codes>N\d+(?: N\d+)*)$")
EMAILS = {
    "emails/title.md": email("Title", "Dear {{ contact.title }},"),
    "emails/form.md": email("Form", "You filled in {{ trigger.form }}, {{ contact.email }}."),
    "emails/assigned.md": email("Assigned", "{% assign t = contact.title %}Dear {{ t }}"),
    "emails/two.md": email("Two", "Dear {{ contact.title }} in {{ contact.industry }}"),
    "emails/renewal.md": email("Renewal", "Until {{ contact.renewal }}."),
    "readers.journey": b'list "Readers" of contacts\n',
    "messages.journey": b'message "Job" on in-app\n  text "As {{ contact.title }}"\n'
    b'message "Any job" on in-app\n  text "As {{ contact.title | default: \'a guest\' }}"\n',
    "emails/asks.md": email("Asks", "{% if contact.title %}Dear {{ contact.title }}{% endif %}"),
}


@dataclass(frozen=True)
class Case:
    source: str
    expected: tuple[tuple[int, str], ...]

    @property
    def files(self) -> dict[str, bytes]:
        return workspace(self.source, **EMAILS)

    def __str__(self) -> str:
        rows = self.source.split("\n")
        line = self.expected[0][0] - 1 if self.expected else 3
        return " ".join([code for _, code in self.expected[:1]] + [rows[line].strip()[:50]])


def cases() -> Iterator[Case]:
    text = Path(__file__).with_name("cases.journey").read_text(encoding="utf-8")
    for chunk in re.sub(r"\A#.*\n", "", text).split("---\n"):
        rows = ((HEAD if chunk.startswith(" ") else "") + chunk).split("\n")
        expected: list[tuple[int, str]] = []
        for number, row in enumerate(rows, 1):
            if match := _EXPECTED.search(row):
                expected += [(number, code) for code in match["codes"].split()]
                rows[number - 1] = row[: match.start()]
        yield Case("\n".join(rows), tuple(expected))


CASES = list(cases())
