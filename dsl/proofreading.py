"""Proofreading: what a reader of an email should never see, though every program would send it.

Merge tags of other tools, which are plain text here; links that lead nowhere; an email without a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dsl.catalog import Catalog
from dsl.span import Span

_NAME = r"[A-Za-z][\w. :=-]{0,60}"
# Of Mailchimp, Marketo and Salesforce, Mautic, ActiveCampaign, and what people make up.
_TAGS = re.compile(
    rf"\*\|(?P<a>{_NAME})\|\*|%%(?P<b>{_NAME})%%|\{{contactfield=(?P<c>\w+)\}}|\{{!\s*(?P<d>{_NAME})\}}"
    rf"|\$\{{(?P<e>{_NAME})\}}|\[\[(?P<f>{_NAME})\]\]|%(?P<g>[A-Z][A-Z_]+)%|<<(?P<h>{_NAME})>>"
    rf"|(?<![{{%#$!\w])\{{(?P<i>{_NAME})\}}(?!\}})|\[(?P<j>[A-Z][A-Z_]{{2,}})\](?![(\[:])"
)
# Lengths are bounded and nothing is tried twice: any text is read in time.
_LINK = re.compile(r"(?<!!)\[(?P<words>[^\[\]\n]{0,500}+)\]\((?P<target>[^\s()]{0,2000}+)[^()\n]{0,500}+\)")
_SOUND = re.compile(r"(?:https?://[^/\s]+\.[^\s]+|https?://localhost.*|mailto:\S+@\S+|tel:\S+|sms:\S+|#\S+)$")
_FIELDS = {"fname": "first_name", "lname": "last_name", "mail": "email", "name": "first_name"}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that a reader should not see. `index`: where it begins in the text, `length` its signs."""

    code: str
    index: int
    length: int
    message: str
    fix: str


def proofread(path: str, body: str, above: int, catalog: Catalog) -> None:
    """Report the flaws of an email's text. `above`: the lines of the file above it."""
    rows = catalog.report.sources[path]
    if not body.strip():
        message, fix = "This email has no text.", "Write it below the front matter."
        catalog.report.add("N610", Span(path, above, 1, len(rows[above - 1]) + 1), message, fix)
        return
    for flaw in (*_foreign(body, catalog.contact_fields), *_astray(body)):
        before = body[: flaw.index]
        column = flaw.index - (before.rfind("\n") + 1) + 1
        span = Span(path, above + before.count("\n") + 1, column, column + flaw.length)
        catalog.report.add(flaw.code, span, flaw.message, flaw.fix)


def proofread_line(path: str, text: str, row: int, catalog: Catalog) -> None:
    """Report tags of other tools in a value of the front matter, such as the subject; `row`: its line."""
    for flaw in _foreign(text, catalog.contact_fields):
        column = max(catalog.report.sources[path][row - 1].find(text[flaw.index :][: flaw.length]), 0) + 1
        span = Span(path, row, column, column + flaw.length)
        catalog.report.add(flaw.code, span, flaw.message, flaw.fix)


def _foreign(text: str, fields: Iterable[str]) -> Iterator[Flaw]:
    known = tuple(fields)
    for match in _TAGS.finditer(text):
        name = next(group for group in match.groups() if group is not None)
        field = _field(name, known)
        if match["j"] and field is None:
            continue  # words in brackets, as before a headline
        better = f'{{{{ contact.{field} | default: "…" }}}}' if field else "such as {{ contact.first_name }}"
        message = f"“{match[0]}” is no merge field here: every contact reads it as it stands."
        yield Flaw("N608", match.start(), len(match[0]), message, f"Write {better}.")


def _field(name: str, known: tuple[str, ...]) -> str | None:
    """Return the field that the tag of another tool may mean."""
    last = re.split(r"[.:=]", name.strip())[-1].strip()
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s-]+", "_", last).lower()
    plain = snake.replace("_", "")
    return next((one for one in known if one.replace("_", "") == plain), _FIELDS.get(plain))


def _astray(text: str) -> Iterator[Flaw]:
    for match in _LINK.finditer(text):
        target = match["target"].strip("<>")
        if "{{" in match["target"] or "{%" in match[0] or _SOUND.match(target):
            continue
        shown = f"“{target}”" if target else "This link"
        message = f"{shown} leads nowhere: a link needs a whole address."
        better = f"https://{target}" if re.match(r"www\.|[\w-]+(?:\.[\w-]+)+(?:/|$)", target) else "https://…"
        yield Flaw("N609", match.start(), len(match[0]), message, f"Write [{match['words']}]({better}).")
