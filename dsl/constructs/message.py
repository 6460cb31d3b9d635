"""Messages on channels other than email: `message "Tour" on in-app`, and `send in-app "Tour"`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.lowering import Lowering
from dsl.nodes import Broken, Context, LineNode, Name, Statement, line
from dsl.parser import Tree
from dsl.plan import AnyStep, Channel, Do, MessageDefinition, SendMessage
from dsl.span import Span
from dsl.spelling import nearest
from dsl.templates import check_template

_CHANNELS = {
    "sms": "sms",
    "in_app": "in-app",
    "chat": "chat",
    "direct_mail": "direct mail",
    "survey": "survey",
}


@dataclass(frozen=True, slots=True)
class _On:
    """A channel, and where it stands."""

    span: Span
    channel: Channel

    @classmethod
    def read(cls, tree: Tree) -> _On:
        found = tree.need(*_CHANNELS)
        return cls(found.span, cast(Channel, _CHANNELS[found.rule]))

    def check(self, check: Checker) -> None:
        settings = check.catalog.settings
        if settings is None:
            return
        if self.channel not in settings.channels:
            message = f"The channel {self.channel} is not connected."
            fix = f'Add [channels."{self.channel}"] with url = "…" to nurture.toml.'
            check.report.add("N306", self.span, message, fix)
            return
        address, known = settings.channels[self.channel].address, check.catalog.contact_fields
        if address is not None and address not in known and not check.catalog.doubts(address):
            message = f"nurture.toml sends {self.channel} to contact.{address}, a field that does not exist."
            guess = nearest(address, known)
            fix = f'Write address = "{guess}" there.' if guess else "Declare it, or name another field there."
            check.report.add("N305", self.span, message, fix)


@line("message", "message", Context.TOP, body=Context.MESSAGE, needs='its text: text "…"')
@dataclass(frozen=True, slots=True)
class MessageLine(LineNode):
    """A message with its text, marketing unless it says `service`."""

    name: Name
    on: _On
    service: bool

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")), _On.read(tree), tree.has("service"))

    def texts(self) -> list[MessageText]:
        """Its text lines; a message has one."""
        return [found for found in self.body if isinstance(found, MessageText)]

    def declare(self, catalog: Catalog) -> None:
        if catalog.declare(f"{self.on.channel} message", self.name.text, self.name.span):
            text = next((found.text.text for found in self.texts()), "")
            made = MessageDefinition(
                name=self.name.text, channel=self.on.channel, service=self.service, text=text
            )
            catalog.messages[self.on.channel, self.name.text] = made
        if any(isinstance(found, Broken) for found in self.body):
            catalog.doubt([self.name.text])

    def check(self, check: Checker) -> None:
        self.on.check(check)
        for again in self.texts()[1:]:
            check.report.add("N206", again.span, "A message has one “text” line.", "Remove one.")


@line("message_text", "text", Context.MESSAGE)
@dataclass(frozen=True, slots=True)
class MessageText(LineNode):
    """`text "Hi {{ contact.first_name }}"`."""

    text: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def check(self, check: Checker) -> None:
        span = self.text.span
        check_template(span.file, self.text.text, span.line - 1, check.catalog, inside=span.line)


@line("send_message", "send", Context.BODY)
@dataclass(frozen=True, slots=True)
class SendMessageLine(Statement):
    """`send in-app "Tour"`, `send service sms "Code", even outside sending hours`."""

    on: _On
    name: Name
    service: bool
    outside_hours: bool

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        name = Name.of(tree.token("STRING"))
        return cls(span, body, _On.read(tree), name, tree.has("service"), tree.has("outside_hours"))

    def check(self, check: Checker) -> None:
        if not check.known(f"{self.on.channel} message", self.name):
            return
        found = check.catalog.messages[self.on.channel, self.name.text]
        if self.service and not found.service:
            message = f"“{found.name}” is marketing, not service."
            fix = f'Leave out “service”, or declare it: message "{found.name}" on {found.channel}, service'
            check.report.add("N501", self.name.span, message, fix)
        elif found.service and not self.service:
            message = f"“{found.name}” is a service message."
            fix = f'Write: send service {found.channel} "{found.name}"'
            check.report.add("N502", self.name.span, message, fix)

    def label(self) -> tuple[str, str]:
        return self.on.channel.replace(" ", "-"), self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        effect = SendMessage(
            channel=self.on.channel,
            message=self.name.text,
            service=self.service,
            ignore_hours=self.outside_hours,
            guards=tuple((g.predicate, g.truth) for g in low.guards),
        )
        return Do(**low.head(self, f"Send {self.on.channel} “{self.name.text}”", next_), effect=effect)

    def keeps_hours(self) -> bool:
        return not self.outside_hours
