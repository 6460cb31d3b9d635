"""The front matter of an email: its keys and values, and what people write in their place."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dsl.catalog import Catalog
from dsl.diagnostics import Edit, Report
from dsl.span import Span
from dsl.spelling import nearest, one_of

_KEYS = ("name", "class", "subject", "preheader", "version")
# What YAML raises besides, for a 13th month, a tag that does not fit its value, or brackets without end.
_YAML_RAISES = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
_LONGEST_VALUE = 300  # what a person may have meant as a text
# A value without quotes, and without what may be a remark; and one in quotes that holds more of them.
_PLAIN = re.compile(rf"(?:{'|'.join(_KEYS)}):[ ]+(?P<value>(?![\"'|>])(?:(?!\s#).)*?)\s*")
_TWICE = re.compile(rf'(?:{"|".join(_KEYS)}):[ ]+"(?P<value>[^\\"]*\s"[^\\]*)"\s*')
_EQUALS = re.compile(rf"\s*(?P<key>{'|'.join(_KEYS)})\s*=\s*(?P<value>\S.*?)\s*")
_KEYED = re.compile(r"[A-Za-z_ -]+:.*")

# What other tools call these.
_MEANT = {
    **dict.fromkeys(("title", "email_name", "email name", "campaign", "id"), "name"),
    **dict.fromkeys(("subject_line", "subject line", "headline"), "subject"),
    **dict.fromkeys(
        ("preview", "preview_text", "preview text", "pretext", "snippet", "pre_header"), "preheader"
    ),
    **dict.fromkeys(("type", "kind", "category", "purpose"), "class"),
    **dict.fromkeys(("variant", "for"), "version"),
}
_CLASSES = {
    **dict.fromkeys(("transactional", "operational", "system", "service email", "service"), "service"),
    **dict.fromkeys(("promotional", "promo", "newsletter", "commercial", "marketing"), "marketing"),
}
_SENDERS = ("from", "from_name", "from_email", "sender", "reply_to", "reply-to", "replyto")
_RECEIVERS = ("to", "cc", "bcc", "recipient", "recipients")


def row_of(rows: list[str], key: str) -> int:
    """Return the number of the row of a key, from 1; 1 if there is none."""
    return next((n for n, row in enumerate(rows, 1) if row.startswith(f"{key}:")), 1)


def report_lack(path: str, opened: bool, report: Report) -> None:
    """Report an email without front matter, or with one that is opened and not closed."""
    if not opened:
        fix = "Begin the file with ---, name: …, class: marketing, subject: …, and --- again."
        report.add("N601", Span(path, 1, 1, 2), "This email has no front matter.", fix)
        return
    rows = report.sources[path]
    last = 1
    while last < len(rows) and _KEYED.fullmatch(rows[last]):
        last += 1
    message = "The front matter of this email is not closed."
    report.add("N601", Span(path, 1, 1, 4), message, f"Write --- on a line of its own below line {last}.")


def _report_key(key: str, span: Span, place: Span, values: Mapping[str, object], catalog: Catalog) -> None:
    """Report a key that an email does not have."""
    low = key.lower()
    meant = nearest(key, _KEYS) or _MEANT.get(low)
    edits: list[Edit] = []
    if low in _SENDERS:
        fix = "Leave it out: who writes is said under [email] in nurture.toml, or behind a send with “from”."
    elif low in _RECEIVERS:
        fix = "Leave it out: an email goes to the contact. To tell colleagues, write: notify team …"
    elif meant and meant not in values:
        row = catalog.report.sources[place.file][place.line - 1]
        fix, edits = f"Write {meant}.", [Edit(span, meant)] if row.startswith(key) else []
    else:
        fix = f"Remove it; known are {one_of(_KEYS, 'and')}."
    catalog.report.add("N602", place, f"An email has no “{key}” in its front matter.", fix, edits)


def read_front_matter(path: str, text: str, catalog: Catalog) -> dict[str, str] | None:
    """Read and check the front matter; report what is wrong and return None."""
    import yaml

    report = catalog.report
    rows = report.sources[path]
    for number, row in enumerate(text.split("\n"), 1):
        if match := _EQUALS.fullmatch(row):
            new = f"{match['key']}: {match['value']}"
            place = Span(path, number, 1, len(row) + 1)
            message = f"“{match['key']}” stands before a colon."
            report.add("N602", place, message, f"Write: {new}", [Edit(place, new)])
            return None
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, *_YAML_RAISES) as error:
        edits = [
            edit for n, row in enumerate(text.split("\n"), 1) if (edit := _quoted(row, Span(path, n, 1, 2)))
        ]
        mark = getattr(error, "problem_mark", None)
        number = edits[0].span.line if edits else min(mark.line + 1 if mark else 1, len(rows))
        place = Span(path, number, 1, len(rows[number - 1]) + 1)
        fix = 'Write one "key: value" a line; put values with a colon in quotes.'
        if edits:
            key, value = rows[number - 1].split(":")[0], edits[0].text
            fix = f"Put the value in quotes: {key}: {value}"
        report.add("N602", place, "The front matter of this email cannot be read.", fix, edits)
        return None
    if not isinstance(values, dict):
        report.add(
            "N602",
            Span(path, 1, 1, 4),
            "The front matter of this email is empty.",
            "Write name, class, subject.",
        )
        return None
    return _check_values(path, {str(k): v for k, v in values.items()}, catalog)


def _quoted(row: str, line: Span) -> Edit | None:
    """Put the value of a row in quotes, if it can be read with them and not without."""
    match = _PLAIN.fullmatch(row) or _TWICE.fullmatch(row)
    if match is None or len(match["value"]) > _LONGEST_VALUE:
        return None
    value = match["value"]
    if row[match.start("value") - 1] == '"':  # quotes inside quotes: the outer ones become others
        place = Span(line.file, line.line, match.start("value"), match.end("value") + 2)
        return None if _reads(row) else Edit(place, "'" + value.replace("'", "''") + "'")
    quoted = "'" + value.replace("'", "''") + "'" if '"' in value or "\\" in value else f'"{value}"'
    place = Span(line.file, line.line, match.start("value") + 1, match.end("value") + 1)
    return None if _reads(row) else Edit(place, quoted)


def _reads(row: str) -> bool:
    import yaml

    try:
        yaml.safe_load(row)
    except (yaml.YAMLError, *_YAML_RAISES):
        return False
    return True


def _check_values(path: str, values: dict[str, object], catalog: Catalog) -> dict[str, str] | None:
    report = catalog.report
    rows = report.sources[path]
    sound: dict[str, str] = {}
    for key, value in values.items():
        number = row_of(rows, key)
        place = Span(path, number, 1, len(rows[number - 1]) + 1)
        if key not in _KEYS:
            _report_key(key, Span(path, number, 1, len(key) + 1), place, values, catalog)
            return None
        if not isinstance(value, str) or not value.strip():
            report.add("N602", place, f"The “{key}” of this email is not a text.", 'Write it in quotes: "…".')
            return None
        sound[key] = value
    for key in ("name", "class", "subject"):
        if key not in sound:
            report.add(
                "N602",
                Span(path, 1, 1, 4),
                f"This email has no “{key}”.",
                f"Add {key}: … to its front matter.",
            )
            return None
    if sound["class"] not in ("marketing", "service"):
        number = row_of(rows, "class")
        message = f"“{sound['class']}” is no class of email."
        row = rows[number - 1]
        place = Span(path, number, 1, len(row) + 1)
        meant = _CLASSES.get(sound["class"].lower())
        fix = f"Write: class: {meant}" if meant else "Write marketing or service."
        edits = [Edit(place, f"class: {meant}")] if meant else []
        report.add("N602", place, message, fix, edits)
        return None
    return sound
