"""Templates: the Liquid of emails, strict about empty values and bounded in loops and output.

Merged values never meet the Markdown parser. While a body is rendered, each value leaves one private
character behind (a *mark*); `activities.markdown` puts the values in after parsing, so that a name such
as `*Bob* [x](http://evil)` is text wherever it stands, as a bound parameter is in SQL.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache, wraps
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.capture_tag import CaptureNode, CaptureTag
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.exceptions import (
    ContextDepthError,
    FilterArgumentError,
    LiquidError,
    LiquidSyntaxError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    UndefinedError,
    UnknownFilterError,
)
from liquid.filter import with_context
from liquid.output import LimitedStringIO
from liquid.stringify import to_liquid_string
from liquid.token import Token
from liquid.undefined import FalsyStrictUndefined, Undefined

from activities.outcomes import PermanentFailure

OUTPUT_LIMIT = 200_000  # bytes; Gmail cuts a message at 102 kB
FIRST_MARK = 0xF0000  # a private-use plane: no person types these
MARKS = re.compile("[\U000f0000-\U000ffffd]")
# C0, C1, line and paragraph separators, what turns the direction of text (spoofed names and links), and
# halves of characters.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")

# Tags that load other files, or write values around the output node.
_UNSUPPORTED_TAGS = ("include", "render", "tablerow", "cycle", "increment", "decrement")
_ARITHMETIC = (
    *("abs", "at_most", "at_least", "ceil", "divided_by", "floor"),
    *("minus", "plus", "round", "times", "modulo"),
)


class TemplateFailure(PermanentFailure):
    """A template that cannot be rendered for this contact (semantics row 36).

    `code`: "empty field", "template error", "template limit", "empty subject" or "unsafe link".
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code


class _Empty(FalsyStrictUndefined):
    """A value that is not there: false in an `if`, replaced by `default`, an error where it is printed."""

    force_liquid_default = True


class _Merge(RenderContext):
    """One rendering: `values` belong to the marks in the output; plain text has none."""

    def begin(self, marked: bool) -> _Merge:
        self.values: list[str] = []
        self.marked = marked
        self.capturing = 0
        self.size = 0
        return self

    def write(self, text: str) -> str:
        text = clean(text)
        if not self.marked or self.capturing:
            return text
        self.size += len(text.encode())
        if self.size > OUTPUT_LIMIT:
            raise OutputStreamLimitError("output limit reached", token=None)
        self.values.append(text)
        return chr(FIRST_MARK + len(self.values) - 1)


class _OutputNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        assert isinstance(context, _Merge)
        return buffer.write(context.write(to_liquid_string(self.expression.evaluate(context), False)))


class _EchoNode(EchoNode):
    render_to_output = _OutputNode.render_to_output


class _CaptureNode(CaptureNode):
    """Captured text is a value like any other: it can be compared, and is marked where it is printed."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        assert isinstance(context, _Merge)
        context.capturing += 1
        try:
            return super().render_to_output(context, buffer)
        finally:
            context.capturing -= 1


class _Output(Output):
    node_class = _OutputNode


class _Echo(EchoTag):
    node_class = _EchoNode


class _Capture(CaptureTag):
    node_class = _CaptureNode


class _Template(BoundTemplate):
    context_class = _Merge


class _Environment(Environment):
    template_class = _Template
    loop_iteration_limit = 1_000
    output_stream_limit = OUTPUT_LIMIT
    local_namespace_limit = OUTPUT_LIMIT
    context_depth_limit = 20

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for name in _UNSUPPORTED_TAGS:
            del self.tags[name]
        for tag in (_Output, _Echo, _Capture):
            self.add_tag(tag)
        for name in _ARITHMETIC:
            self.filters[name] = _needs_value(self.filters[name])
        del self.filters["safe"]
        # Everything is escaped where it is put in; these are habits from other tools.
        self.filters["escape"] = self.filters["escape_once"] = lambda value: value
        self.filters["date"] = _date


def clean(text: str) -> str:
    """Remove control characters, direction overrides and marks from a value."""
    return MARKS.sub("", _CONTROL.sub(" ", text))


def one_line(text: str) -> str:
    """Collapse all white space to single spaces. No header can be injected through what remains."""
    return " ".join(clean(text).split())


def render_marked(source: str, context: Mapping[str, Any], now: int) -> tuple[str, list[str]]:
    """Render a body to Markdown with a mark for each merged value, and the values in order of their marks."""
    return _render(source, context, now, marked=True)


def render_plain(source: str, context: Mapping[str, Any], now: int) -> str:
    """Render a subject or preheader: one line of plain text."""
    return one_line(_render(source, context, now, marked=False)[0])


def may_fail(source: str) -> bool:
    """Whether a text may come out differently for contacts at all: it holds a tag or an output."""
    return "{{" in source or "{%" in source


def check(source: str) -> None:
    """Raise `TemplateFailure` if the source is not a template of ours."""
    _compile(source)


def _render(source: str, context: Mapping[str, Any], now: int, marked: bool) -> tuple[str, list[str]]:
    template = _compile(MARKS.sub("", source))
    values = {name: _present(value) for name, value in context.items()} | {"now": now}
    merge = _Merge(template, globals=template.make_globals(values)).begin(marked)
    buffer = LimitedStringIO(OUTPUT_LIMIT)
    try:
        template.render_with_context(merge, buffer)
    except LiquidError as error:
        raise _failure(error) from None  # the cause may quote a value
    except (ArithmeticError, LookupError, TypeError, ValueError):
        raise TemplateFailure(
            "template error", "A filter failed on this contact's data; give it a default."
        ) from None
    return buffer.getvalue(), merge.values


@lru_cache(maxsize=1_024)
def _compile(source: str) -> BoundTemplate:
    try:
        return _ENVIRONMENT.from_string(source)
    except LiquidError as error:
        raise _failure(error) from None


_PLAIN = frozenset({str, int, float, bool})


def _present(value: Any) -> Any:
    """Leave out what is empty, so that printing it is an error and `default` replaces it."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Mapping):
        return {k: _present(v) for k, v in value.items() if v is not None and v != ""}
    if isinstance(value, list | tuple):
        return [_present(item) for item in value]
    return value


def _failure(error: LiquidError) -> TemplateFailure:
    """Describe an error by its place in the template. INVARIANT: no word of it comes from a value."""
    place, name = _place(error.token)
    if isinstance(error, UndefinedError):
        return TemplateFailure(
            "empty field",
            f"{place} prints {name or 'a field'}, which is empty for this contact. "
            f'Give it a default: {{{{ {name or "field"} | default: "there" }}}}.',
        )
    limits = (
        ContextDepthError,
        LocalNamespaceLimitError,
        LoopIterationLimitError,
        OutputStreamLimitError,
    )
    if isinstance(error, limits):
        return TemplateFailure("template limit", f"{place} loops or prints more than an email may hold.")
    what = (
        "has a tag or filter that Nurture does not know"
        if isinstance(error, UnknownFilterError | LiquidSyntaxError)
        else "has a filter that failed on this contact's data"
    )
    return TemplateFailure("template error", f"{place} {what}{f' (near {name!r})' if name else ''}.")


def _place(token: Token | None) -> tuple[str, str]:
    if token is None or token.start_index < 0:
        return "The template", ""
    line = token.source.count("\n", 0, token.start_index) + 1
    name = re.compile(r"[\w.]*").match(token.source, token.start_index)
    return f"Line {line} of the template", name.group() if name else ""


def _needs_value(function: Any) -> Any:
    """Make an arithmetic filter refuse what is empty or no number: Liquid counts both as 0."""

    @wraps(function)
    def guarded(left: object, *args: object, **kwargs: object) -> object:
        for value in (left, *args):
            if isinstance(value, Undefined):
                str(value)  # raises
            if not _is_number(value):
                raise FilterArgumentError("not a number", token=None)
        return function(left, *args, **kwargs)

    return guarded


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return _NUMBER.fullmatch(value.strip()) is not None
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


@with_context
def _date(value: Any, form: str = "%Y-%m-%d", *, context: RenderContext) -> str:
    """Format a date. `now` and `today` are the run's logical time; numbers are seconds since the epoch."""
    if isinstance(value, Undefined):
        str(value)  # raises
    if value in ("now", "today"):
        value = context.resolve("now")
    try:
        return _moment(value).strftime(str(form))
    except (ValueError, OverflowError, OSError):
        raise FilterArgumentError("date: not a date, or not a format", token=None) from None


def _moment(value: Any) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time.min, tzinfo=dt.UTC)
    if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()):
        return dt.datetime.fromtimestamp(float(value), dt.UTC)
    return dt.datetime.fromisoformat(str(value))


_ENVIRONMENT = _Environment(undefined=_Empty, autoescape=False, strict_filters=True)
