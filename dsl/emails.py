"""Emails: Markdown with front matter and merge fields, one file for each version."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dsl.catalog import Catalog
from dsl.decoding import refused, settled, utf16
from dsl.front_matter import read_front_matter, report_lack, row_of
from dsl.proofreading import proofread, proofread_line
from dsl.span import Span
from dsl.templates import check_template

_LINK = re.compile(r'(?<!!)\[(?P<words>[^\]\n]{1,500})\]\([^\s)]*(?:\s+"(?P<title>[^"]*)")?')
_MOST_FIELDS = 1000
_SEPARATOR = re.compile(r"^---[ ]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class EmailVersion:
    """One text of an email; `body` is Markdown with Liquid, `path` is relative to the workspace."""

    subject: str
    preheader: str | None
    body: str
    path: str


@dataclass(frozen=True, slots=True)
class Email:
    """An email by its name. `versions` are chosen by a field of the contact; else `default` goes.

    `links`: the texts of its links. `trigger`: the fields of the trigger that it uses.
    """

    name: str
    service: bool
    default: EmailVersion
    versions: Mapping[str, EmailVersion]
    content_hash: str
    links: tuple[str, ...] = ()
    trigger: tuple[str, ...] = ()


def read_emails(files: Mapping[str, bytes], catalog: Catalog) -> None:
    """Read `emails/*.md` into the catalog, reporting what is wrong with them."""
    parts: dict[str, list[_Part]] = {}
    for path in sorted(files):
        if not (path.startswith("emails/") and path.endswith(".md")):
            continue
        part = _read(path, files[path], catalog)
        if part is not None:
            parts.setdefault(part.name, []).append(part)
    for name, versions in parts.items():
        catalog.names["email"][name] = versions[0].span
        email = _join(name, versions, catalog)
        if email is not None:
            catalog.emails[name] = email


@dataclass(frozen=True, slots=True)
class _Part:
    """One file: a version of an email."""

    name: str
    service: bool
    version: str | None
    text: EmailVersion
    trigger: frozenset[str]
    span: Span


def _read(path: str, data: bytes, catalog: Catalog) -> _Part | None:
    """Read one file, or report why it is none and return None."""
    report = catalog.report
    top = Span(path, 1, 1, 2)
    if refused(path, data, report):
        catalog.doubt_all()
        return None
    try:
        wide = utf16(data)
        text = (data.decode("utf-8-sig") if wide is None else wide.removeprefix("\ufeff")).replace(
            "\r\n", "\n"
        )
    except UnicodeDecodeError:
        catalog.doubt([path])
        report.add("N601", top, "This email is not UTF-8 text.", "Save it as UTF-8.")
        _unreadable(path, "", catalog)
        return None
    report.sources[path] = text.split("\n")
    if wide is not None:
        report.add("N014", top, "This file is UTF-16.", "Save it as UTF-8.")
    rows, left = settled(path, text.split("\n"), report)
    if left or rows != report.sources[path]:
        _unreadable(path, text, catalog)
        return None
    marks = list(_SEPARATOR.finditer(text))
    if len(marks) < 2 or marks[0].start() != 0:
        report_lack(path, bool(marks) and marks[0].start() == 0, report)
        _unreadable(path, text, catalog)
        return None
    if text.count("{{") + text.count("{%") > _MOST_FIELDS:
        message = f"This email has more than {_MOST_FIELDS} places to fill in."
        report.add("N601", top, message, "Write a shorter one, or leave out signs that are none of Liquid's.")
        _unreadable(path, text, catalog)
        return None
    values = read_front_matter(path, text[marks[0].end() : marks[1].start()], catalog)
    if values is None:
        _unreadable(path, text, catalog)
        return None
    body = text[marks[1].end() :].removeprefix("\n")
    offset = text[: marks[1].end()].count("\n") + 1
    trigger = check_template(path, body, offset, catalog)
    proofread(path, body, offset, catalog)
    for key in ("subject", "preheader"):
        row = row_of(report.sources[path], key)
        trigger |= check_template(path, values.get(key, ""), row - 1, catalog, inside=row)
        proofread_line(path, values.get(key, ""), row, catalog)
    version = EmailVersion(values["subject"], values.get("preheader"), body, path)
    span = Span(path, row_of(report.sources[path], "name"), 1, 2)
    return _Part(
        values["name"], values["class"] == "service", values.get("version"), version, frozenset(trigger), span
    )


def _unreadable(path: str, text: str, catalog: Catalog) -> None:
    """Keep quiet about the email's name where it is used: the file was reported."""
    stem = path.removeprefix("emails/").removesuffix(".md")
    found = re.findall(r"""^name:\s*["']?(.*?)["']?\s*$""", text, re.MULTILINE)
    catalog.doubt([stem, *found])
    if not found:  # so any name of an email may be its own
        catalog.doubt_kind("email")


def _join(name: str, parts: list[_Part], catalog: Catalog) -> Email | None:
    """Put the versions of an email together."""
    report = catalog.report
    by_version: dict[str | None, _Part] = {}
    for part in parts:
        if part.version in by_version:
            which = f"version “{part.version}” of the email" if part.version else "email"
            message = f"The {which} “{name}” is also in {by_version[part.version].text.path}."
            report.add("N606", part.span, message, "Give it another name or another version.")
            continue
        by_version[part.version] = part
    default = by_version.pop(None, None)
    if default is None:
        message = f"The email “{name}” has versions, but none for everybody else."
        report.add("N605", parts[0].span, message, "Add a file with the same name and without “version”.")
        return None
    for part in by_version.values():
        if part.service != default.service:
            message = f"This version of “{name}” has another class than {default.text.path}."
            report.add("N607", part.span, message, "Give all versions one class.")
    everything = [default, *by_version.values()]
    links = [m for p in everything for m in _links(p.text.body)]
    return Email(
        name=name,
        service=default.service,
        default=default.text,
        versions={v: p.text for v, p in by_version.items() if v is not None},
        content_hash=_hash(everything),
        links=tuple(dict.fromkeys(links)),
        trigger=tuple(sorted(frozenset[str]().union(*(p.trigger for p in everything)))),
    )


def _links(body: str) -> list[str]:
    """Name the links of a text: by their title, else by their words."""
    return [m["title"] or m["words"].strip("*_ ") for m in _LINK.finditer(body)]


def _hash(parts: list[_Part]) -> str:
    """Sixteen hex digits over what recipients would notice."""
    found = hashlib.sha256()
    for part in sorted(parts, key=lambda p: p.version or ""):
        text = part.text
        for piece in (part.version or "", part.service, text.subject, text.preheader or "", text.body):
            found.update(f"{piece}\0".encode())
    return found.hexdigest()[:16]
