"""Names in a row: `forms "Whitepaper", "Demo request"`, and so assets, tags, consents and audiences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dsl.catalog import Catalog
from dsl.nodes import Context, LineNode, Name, line
from dsl.parser import Tree
from dsl.span import Span


@dataclass(frozen=True, slots=True)
class _Names(LineNode):
    """Declared names of one kind."""

    names: tuple[Name, ...]
    kind: ClassVar[str]

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, tuple(map(Name.of, tree.tokens("STRING"))))

    def declare(self, catalog: Catalog) -> None:
        for name in self.names:
            catalog.declare(self.kind, name.text, name.span)


@line("forms", "forms", Context.TOP)
@dataclass(frozen=True, slots=True)
class Forms(_Names):
    """`forms "Whitepaper", "Demo request"`."""

    kind: ClassVar[str] = "form"


@line("assets", "assets", Context.TOP)
@dataclass(frozen=True, slots=True)
class Assets(_Names):
    """`assets "Case study"`: what contacts download."""

    kind: ClassVar[str] = "asset"


@line("webinars", "webinars", Context.TOP)
@dataclass(frozen=True, slots=True)
class Webinars(_Names):
    """`webinars "Product tour"`: what contacts attend."""

    kind: ClassVar[str] = "webinar"


@line("meetings", "meetings", Context.TOP)
@dataclass(frozen=True, slots=True)
class Meetings(_Names):
    """`meetings "Demo"`: what contacts book."""

    kind: ClassVar[str] = "meeting"


@line("tags", "tags", Context.TOP)
@dataclass(frozen=True, slots=True)
class Tags(_Names):
    """`tags "topic: automation"`."""

    kind: ClassVar[str] = "tag"


@line("consents", "consents", Context.TOP)
@dataclass(frozen=True, slots=True)
class Consents(_Names):
    """`consents "Product news"`: what contacts can agree to; `Marketing` exists already."""

    kind: ClassVar[str] = "consent"


@line("audiences", "audiences", Context.TOP)
@dataclass(frozen=True, slots=True)
class Audiences(_Names):
    """`audiences "Retargeting"`: groups of contacts in an advertising system."""

    kind: ClassVar[str] = "audience"


__all__ = ["Assets", "Audiences", "Consents", "Forms", "Meetings", "Tags", "Webinars"]
