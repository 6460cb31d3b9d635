"""Rendering: an email of the workspace and one contact's facts, as a subject, HTML and plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Protocol, TypeVar

from css_inline import CSSInliner
from liquid import BoundTemplate, Environment, Markup

from activities.markdown import Body, check_links
from activities.templates import TemplateFailure, check, may_fail, render_marked, render_plain

SUBJECT_LIMIT = 250  # characters; no client shows more, and a header line stays within RFC 5322's 998 octets


class Version(Protocol):
    """What is rendered: `dsl.emails.EmailVersion`. Each part is Liquid; the body is Markdown."""

    @property
    def subject(self) -> str: ...
    @property
    def preheader(self) -> str | None: ...
    @property
    def body(self) -> str: ...


V = TypeVar("V", bound=Version)


@dataclass(frozen=True, slots=True)
class Footer:
    """What every marketing email ends with. `unsubscribe`: a `https:` or `mailto:` address."""

    sender: str
    postal_address: str
    unsubscribe: str


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    preheader: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Filled:
    """The parts of an email with a contact's values in them."""

    subject: str
    preheader: str
    body: Body


def choose(default: V, versions: Mapping[str, V], value: object) -> V:
    """Return the version named by the value of the `version by` field, else the default one."""
    return versions.get(str(value), default) if value is not None else default


def render(
    version: Version,
    context: Mapping[str, Any],
    *,
    now: int,
    subject: str | None = None,
    footer: Footer | None = None,
    language: str = "en",
) -> Rendered:
    """Render one email.

    Args:
        context: `contact`, `account`, `trigger` … as mappings of field to value; empty ones may be left out.
        now: the run's logical time, which `"now" | date` prints.
        subject: a template that replaces the version's own subject (`send email …, subject "…"`).
        footer: for marketing mail.

    Raises `TemplateFailure`, whose message holds no personal data.
    """
    filled = fill(version, context, now=now, subject=subject)
    return Rendered(
        subject=filled.subject,
        preheader=filled.preheader,
        html=_page(filled.subject, filled.preheader, filled.body.html(), footer, language),
        text=filled.body.text() + _text_footer(footer),
    )


def fill(version: Version, context: Mapping[str, Any], *, now: int, subject: str | None = None) -> Filled:
    """Fill in the templates of an email, which is all that can fail for one contact: see `render`."""
    title = _title(version, context, now, subject)
    preheader = render_plain(version.preheader or "", context, now)
    return Filled(title, preheader, Body(*render_marked(version.body, context, now)))


def try_out(version: Version, context: Mapping[str, Any], *, now: int, subject: str | None = None) -> None:
    """Raise `TemplateFailure` where `fill` would, as cheaply as can be: simulations ask it for every mail."""
    title = version.subject if subject is None else subject
    if may_fail(title) or not title.strip():
        _title(version, context, now, subject)
    if version.preheader and may_fail(version.preheader):
        render_plain(version.preheader, context, now)
    if may_fail(version.body):
        check_links(*render_marked(version.body, context, now))


def _title(version: Version, context: Mapping[str, Any], now: int, subject: str | None) -> str:
    title = render_plain(version.subject if subject is None else subject, context, now)[:SUBJECT_LIMIT]
    if not title.strip():
        raise TemplateFailure("empty subject", "The subject is empty for this contact. Give it a fixed part.")
    return title.strip()


def prepare(version: Version, subject: str | None = None) -> None:
    """Compile the templates of a version, so that a worker meets a mistake as it starts, not as it sends."""
    for source in (version.subject, version.preheader or "", version.body, subject or ""):
        check(source)


def _page(subject: str, preheader: str, body: str, footer: Footer | None, language: str) -> str:
    page = _layout().render(
        subject=subject,
        preheader=preheader,
        body=Markup(body),
        footer=asdict(footer) if footer else None,
        language=language,
    )
    return _inliner().inline(page)


def _text_footer(footer: Footer | None) -> str:
    if footer is None:
        return ""
    # "-- " begins a signature (RFC 3676), which mail clients set apart.
    return f"\n-- \n{footer.sender}, {footer.postal_address}\nUnsubscribe: {footer.unsubscribe}\n"


@cache
def _layout() -> BoundTemplate:
    source = files("activities").joinpath("layout.html.liquid").read_text("utf-8")
    return Environment(autoescape=True).from_string(source)


@cache
def _inliner() -> CSSInliner:
    # keep_at_rules: the media query for small screens. Nothing is ever fetched.
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
