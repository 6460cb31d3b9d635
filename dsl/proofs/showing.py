"""What a template shows without a way out: fields printed with neither a default nor an `if` around them.

The tags are read without Liquid, which need not be imported for it: what is not understood guards nothing,
except that a name that a template gives itself is never asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PATH = r"(?:contact|account|trigger)\.\w+"
_MARKUP = re.compile(r"\{\{-?(?P<shown>.*?)-?\}\}|\{%-?\s*(?P<tag>\w+)(?P<rest>.*?)-?%\}", re.DOTALL)
_FIRST = re.compile(rf"\s*(?P<path>{_PATH})(?![\w.\[])(?P<filters>.*)", re.DOTALL)
_DEFAULT = re.compile(r"\|\s*default\b")
_NOTHING = re.compile(r"(?:nil|null|blank|empty|\"\"|'')\s*$")
_TRUE = re.compile(
    rf"\s*(?P<path>{_PATH})\s*(?:(?P<how>==|!=|<>|<=|>=|<|>|\bcontains\b)\s*(?P<other>.+?)\s*)?$", re.DOTALL
)
_ASSIGNED = re.compile(r"\s*(?P<name>[\w-]+)\s*=\s*(?P<value>.*)", re.DOTALL)
_NAME = re.compile(r"\s*(?P<name>[\w-]+)(?![\w.\[-])(?P<filters>.*)", re.DOTALL)
_SILENT = ("comment", "raw")


@dataclass(frozen=True, slots=True)
class Shown:
    """A field, such as `contact.title`, and where its name begins in the template."""

    field: str
    index: int


@dataclass(slots=True)
class _Open:
    """A tag that is open. `guarded`: the fields that have a value in the part that is being read."""

    tag: str
    guarded: frozenset[str]
    otherwise: frozenset[str] = frozenset()
    case: str | None = None


def shown(template: str) -> Iterator[Shown]:
    """Yield the fields that leave a gap if they are empty."""
    opened: list[_Open] = []
    named: dict[str, str] = {}
    for match in _MARKUP.finditer(template):
        tag = match["tag"]
        if opened and opened[-1].tag in _SILENT:
            if tag == f"end{opened[-1].tag}":
                opened.pop()
        elif tag == "assign":
            _assign(match["rest"], opened, named)
        elif tag is not None:
            rest = match["rest"]
            for name, field in named.items():
                rest = re.sub(rf"(?<![\w.\"'-]){re.escape(name)}(?![\w.\"'-])", field, rest)
            _take(tag, rest, opened)
        elif (first := _FIRST.match(match["shown"])) and not _DEFAULT.search(first["filters"]):
            field = first["path"]
            if not _guarded(field, opened):
                yield Shown(field, match.start("shown") + first.start("path"))
        elif (other := _NAME.match(match["shown"])) and not _DEFAULT.search(other["filters"]):
            of = named.get(other["name"])
            if of is not None and not _guarded(of, opened):
                yield Shown(of, match.start("shown") + other.start("name"))


def _guarded(field: str, opened: list[_Open]) -> bool:
    return any(field in one.guarded for one in opened)


def _assign(rest: str, opened: list[_Open], named: dict[str, str]) -> None:
    """Note that a name stands for a field, as long as nothing else fills it."""
    match = _ASSIGNED.match(rest)
    if match is None:
        return
    named.pop(match["name"], None)
    first = _FIRST.match(match["value"])
    if first and not _DEFAULT.search(first["filters"]) and not _guarded(first["path"], opened):
        named[match["name"]] = first["path"]


def _take(tag: str, rest: str, opened: list[_Open]) -> None:
    if tag in ("if", "unless"):
        true, false = _asked(rest)
        opened.append(_Open(tag, true, false) if tag == "if" else _Open(tag, false, true))
    elif tag == "case":
        opened.append(_Open(tag, frozenset(), case=rest.strip()))
    elif tag in ("for", "tablerow", "capture", *_SILENT):
        opened.append(_Open(tag, frozenset()))
    elif tag.startswith("end"):
        if opened:
            opened.pop()
    elif opened and tag == "elsif":
        opened[-1].guarded = _asked(rest)[0]
    elif opened and tag == "else":
        opened[-1].guarded = opened[-1].otherwise
    elif opened and tag == "when" and opened[-1].case is not None:
        nothing = any(_NOTHING.match(part.strip()) for part in re.split(r",|\bor\b", rest))
        opened[-1].guarded = frozenset() if nothing else frozenset({opened[-1].case})


def _asked(test: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the fields that have a value if a test is true, and if it is false."""
    if re.search(r"\bor\b", test):
        return frozenset(), frozenset()
    true: set[str] = set()
    false: set[str] = set()
    parts = re.split(r"\band\b", test)
    for part in parts:
        match = _TRUE.match(part)
        if match is None:
            continue
        how, nothing = match["how"], bool(match["other"] and _NOTHING.match(match["other"]))
        if (
            how is None
            or (how in ("!=", "<>") and nothing)
            or (how not in (None, "!=", "<>") and not nothing)
        ):
            true.add(match["path"])
        elif how == "==" and nothing and len(parts) == 1:
            false.add(match["path"])
    return frozenset(true), frozenset(false)
