"""Markdown bodies as HTML and as readable plain text, with merged values put in after parsing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from urllib.parse import quote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from activities.templates import FIRST_MARK, MARKS, TemplateFailure

_SCHEMES = frozenset({"http", "https", "mailto", "tel"})


class _Markdown(MarkdownIt):
    """CommonMark that leaves marks in a link's target alone (they would be lost in an encoded host name)."""

    def normalizeLink(self, url: str) -> str:
        return url if MARKS.search(url) else super().normalizeLink(url)

    def normalizeLinkText(self, link: str) -> str:
        return link if MARKS.search(link) else super().normalizeLinkText(link)


# Raw HTML is off: it is shown as text.
_MARKDOWN = _Markdown("commonmark", {"html": False})


class Body:
    """A body with its values, parsed when it is asked for. `html()` and `text()` show the same content.

    Raises `TemplateFailure` where a value is no good target of a link.
    """

    def __init__(self, marked: str, values: Sequence[str]) -> None:
        check_links(marked, values)
        self._marked = marked
        self._values = values

    @cached_property
    def _tokens(self) -> list[Token]:
        tokens = _MARKDOWN.parse(self._marked)
        for token in _all(tokens):
            self._put_in(token)
        _mark_buttons(tokens)
        return tokens

    def html(self) -> str:
        """Return the body as HTML; every value is escaped."""
        return str(_MARKDOWN.renderer.render(self._tokens, _MARKDOWN.options, {}))

    def text(self) -> str:
        """Return the body as plain text that reads well: links as `label <target>`, lists with dashes."""
        return _blocks(SyntaxTreeNode(self._tokens)).strip() + "\n"

    @property
    def parts(self) -> tuple[str, tuple[str, ...]]:
        """The body with its marks, and the values: what it is made of, and all that its text hangs on."""
        return self._marked, tuple(self._values)

    def _put_in(self, token: Token) -> None:
        if token.content and token.type != "inline":
            token.content = MARKS.sub(lambda m: self._value(m.group()), token.content)
        for name, value in token.attrs.items():
            if name in ("href", "src"):
                token.attrs[name] = self._target(str(value))
            elif isinstance(value, str):
                token.attrs[name] = MARKS.sub(lambda m: self._value(m.group()), value)

    def _value(self, mark: str) -> str:
        return _value(mark, self._values)

    def _target(self, href: str) -> str:
        return _target(href, self._values)


def check_links(marked: str, values: Sequence[str]) -> None:
    """Raise `TemplateFailure` where a link would lead to what is no address."""
    for href in _open_targets(marked):
        _target(href, values)


@lru_cache(maxsize=1_024)
def _open_targets(marked: str) -> tuple[str, ...]:
    """Return the targets of links that values are put into. The text holds marks, and no value."""
    tokens = list(_all(_MARKDOWN.parse(marked)))
    targets = (str(token.attrs[name]) for token in tokens for name in ("href", "src") if name in token.attrs)
    return tuple(target for target in targets if MARKS.search(target))


def _value(mark: str, values: Sequence[str]) -> str:
    return " ".join(values[ord(mark) - FIRST_MARK].split())


def _target(href: str, values: Sequence[str]) -> str:
    """Put values into a link's target: at the start a whole address, further on one part of it."""

    def put(match: re.Match[str]) -> str:
        # `%` and `+` stay, so that `| url_encode` in the template is not encoded twice.
        safe = "%+" if match.start() else "%+:/?#[]@!$&'()*,;="
        return quote(_value(match.group(), values), safe=safe)

    target, count = MARKS.subn(put, href)
    if not count:
        return href
    if urlsplit(target).scheme.lower() not in _SCHEMES:
        raise TemplateFailure(
            "unsafe link",
            "A field is used as the target of a link, but for this contact it is no web or mail address.",
        )
    return _MARKDOWN.normalizeLink(target)


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def _mark_buttons(tokens: Sequence[Token]) -> None:
    """A bold link that is alone in its paragraph is a button: `**[Book a demo](https://…)**`."""
    for token in tokens:
        inner = [t for t in token.children or () if t.type != "text" or t.content]
        if [t.type for t in inner[:2]] == ["strong_open", "link_open"] and [t.type for t in inner[-2:]] == [
            "link_close",
            "strong_close",
        ]:
            inner[1].attrSet("class", "button")


def _blocks(node: SyntaxTreeNode) -> str:
    parts = (_block(child) for child in node.children)
    return ("\n" if node.type == "list_item" and _tight(node) else "\n\n").join(p for p in parts if p)


def _block(node: SyntaxTreeNode) -> str:
    if node.type in ("paragraph", "heading"):
        return "".join(_inline(child) for child in node.children)
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node)
    if node.type == "blockquote":
        return _indent(_blocks(node), "> ", "> ")
    if node.type in ("code_block", "fence"):
        return _indent(node.content.rstrip(), "    ", "    ")
    return "-----" if node.type == "hr" else ""


def _list(node: SyntaxTreeNode) -> str:
    start = int(node.attrs.get("start", 1))
    items = []
    for number, item in enumerate(node.children, start):
        bullet = f"{number}. " if node.type == "ordered_list" else "- "
        items.append(_indent(_blocks(item), bullet, " " * len(bullet)))
    return ("\n" if all(map(_tight, node.children)) else "\n\n").join(items)


def _tight(item: SyntaxTreeNode) -> bool:
    return all(child.hidden for child in item.children if child.type == "paragraph")


def _indent(text: str, first: str, rest: str) -> str:
    lines = text.splitlines() or [""]
    return "\n".join((rest if n else first) + line for n, line in enumerate(lines)).replace(" \n", "\n")


def _inline(node: SyntaxTreeNode) -> str:
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type == "softbreak":
        return " "
    if node.type == "hardbreak":
        return "\n"
    inner = "".join(_inline(child) for child in node.children)
    if node.type == "link":
        target = str(node.attrs["href"])
        return target if inner == target or not inner else f"{inner} <{target}>"
    return inner
