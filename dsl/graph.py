"""The graph of a journey, from its plan: nodes with stable ids, labelled edges, clusters.

Nodes are called like their steps, so that a picture can be laid over figures and compared between versions.
What runs beside the main flow, and what ends a run from outside, stands in clusters of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from dsl.heading import Head
from dsl.labels import Labels
from dsl.naming import Names
from dsl.plan import Definitions, Ending, Plan
from dsl.saying import length, moment
from dsl.weave import Item, Way, weave
from dsl.wording import Words

Shape = Literal[
    "start", "step", "choice", "wait", "calendar", "block", "loop", "leave", "goal", "exit", "event", "end"
]

Mark = Literal["", "reached", "missed"]
"""Whether something was reached, where that is painted."""

START, END = "start", "end"
_LATE = {"skip": "left out if late", "at once": "at once if late", "exit": "ends the run if late"}


@dataclass(frozen=True, slots=True)
class Node:
    """A box, and what lies on each way from it. A calendar is no box itself: its ways begin with one each."""

    id: str
    label: str
    shape: Shape
    branches: tuple[Branch, ...] = ()
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A way on from a node: its label, and the nodes on it in order. `id`: of a block's own box."""

    id: str
    label: str
    nodes: tuple[Node, ...]
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow. `back`: it leads up again, to the head of a loop."""

    tail: str
    head: str
    label: str = ""
    back: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """A frame with a title: the main flow (no title), a handler, or the ends from outside."""

    id: str
    title: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A journey as boxes and arrows."""

    journey: str
    clusters: tuple[Cluster, ...]
    edges: tuple[Edge, ...]

    def nodes(self) -> Iterator[Node]:
        """Yield all boxes, in file order."""
        for cluster in self.clusters:
            yield from boxes(cluster.nodes)


def boxes(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """Yield the boxes of nodes and of all on the ways from them, in file order."""
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if node.shape != "calendar":
            yield node
        for branch in reversed(node.branches):
            stack.extend(reversed(branch.nodes))
            if branch.id:
                stack.append(Node(branch.id, branch.label, "block", mark=branch.mark))


def draw(plan: Plan, definitions: Definitions | None = None, names: Names | None = None) -> Graph:
    """Return the graph of a plan. `names`: of segments and lists."""
    known = definitions or Definitions(workspace="", time_zone="UTC")
    words = words_of(plan, known, names)
    return _Drawing(plan, known, words, Labels(plan, words)).graph()


def words_of(plan: Plan, known: Definitions, names: Names | None = None) -> Words:
    """Return what tells the parts of a plan where there is little room. `names`: of segments and lists."""
    subjects = {name: event.subject for name, event in known.events.items()}
    names = names or Names()
    names.told.update(names.segments)  # a box has room for their names alone
    return Words(subjects, known.thresholds, names, anyone=plan.subject == "account")


@dataclass(slots=True)
class _Drawing:
    plan: Plan
    definitions: Definitions
    words: Words
    labels: Labels
    edges: list[Edge] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def graph(self) -> Graph:
        """Draw the main flow, the handlers and the endings."""
        start = Node(START, self._starts(), "start")
        items = weave(self.plan, self.plan.entry, self.words, self.seen)
        loose = self._connect(items, [_Loose(START)])
        self._join(loose, END)
        end = (Node(END, "The run ends", "end"),) if loose else ()
        main = (start, *self._nodes(items), *end)
        clusters = [Cluster("main", "", main), *self._handlers()]
        ends = (*map(self._ending, self.plan.endings), *self._pauses(), *self._updates())
        if ends:
            clusters.append(Cluster("endings", "At any time", ends))
        return Graph(self.plan.journey, tuple(clusters), tuple(self.edges))

    def _starts(self) -> str:
        """Tell the ways in, one in a row."""
        head = Head(self.plan, self.definitions, self.words)
        told = [head.way(start) for start in self.plan.starts]
        if not told:
            return "Starts by hand"
        return "\nor ".join([f"Starts {told[0]}", *told[1:]])

    def _handlers(self) -> Iterator[Cluster]:
        for handler in self.plan.handlers:
            items = weave(self.plan, handler.body, self.words, self.seen)
            every = self.plan.instants[handler.every] if handler.every is not None else None
            limit = ""
            if every is not None and every.kind == "after":
                limit = f", at most once every {length(every.amount, every.unit)}"
            if handler.predicate is not None:
                told = f"as soon as {self.words.condition(self.plan.predicates[handler.predicate])}"
            else:
                told = f"whenever {self.words.interest(self.plan.interests[handler.interest])}"
            head = Node(handler.id, _capital(told + limit), "event")
            self._connect(items, [_Loose(handler.id)])
            yield Cluster(f"handler:{handler.id}", "Beside everything else", (head, *self._nodes(items)))

    def _ending(self, ending: Ending) -> Node:
        if ending.predicate is not None:
            when = f"as soon as {self.words.condition(self.plan.predicates[ending.predicate])}"
        else:
            when = f"when {self.words.interest(self.plan.interests[ending.interest])}"
        stays = " (and stays)" if ending.stay else ""
        told = f"Goal “{ending.name}”{stays}: {when}" if ending.kind == "goal" else f"Leaves {when}"
        return Node(ending.id, told, "goal" if ending.kind == "goal" else "exit")

    def _pauses(self) -> Iterator[Node]:
        for pause in self.plan.pauses:
            fact = self.words.condition(self.plan.predicates[pause.predicate])
            yield Node(f"pause:{slug(fact)}", f"Pauses while {fact}", "wait")

    def _updates(self) -> Iterator[Node]:
        for update in self.plan.updates:
            event = self.words.interest(self.plan.interests[update.interest])
            yield Node(f"update:{slug(event)}", f"Takes the dates of a new event when {event}", "event")

    def _nodes(self, items: list[Item]) -> tuple[Node, ...]:
        """Make the nodes of items, those on their ways first: from the bottom up, without recursion."""
        order: list[Item] = []
        stack = list(items)
        while stack:
            item = stack.pop()
            order.append(item)
            stack.extend(inner for way in item.ways for inner in way.body)
        made: dict[int, Node] = {}
        for item in reversed(order):
            ways = item.ways if _parts(item) else []
            branches = tuple(
                Branch(
                    _block_id(item, way) if _in_turn(item) else "",
                    self._label(item, way),
                    tuple(made[id(inner)] for inner in way.body if not inner.again),
                )
                for way in ways
            )
            again = any(way.body for way in item.ways) and not ways
            told = self.labels.label(item.step) + (" (as drawn before)" if again else "")
            made[id(item)] = Node(item.step.id, told, _shape(item), branches)
        return tuple(made[id(item)] for item in items if not item.again)

    def _label(self, item: Item, way: Way) -> str:
        """Say which way it is; of a block on a date also what it does when that is past."""
        if not getattr(way.part, "dated", False):
            return label(item, way)
        block: Any = way.part
        due: Any = self.plan.instants[block.at]
        told = moment(due.model_copy(update={"fold": False}))
        told = told.replace("the starting event's ", "")
        told = _capital(told) if due.amount else f"At {told}"
        return f"{told} ({_LATE[block.late]})"

    def _join(self, loose: list[_Loose], head: str) -> None:
        self.edges.extend(Edge(end.tail, head, end.label) for end in loose)

    def _connect(self, items: list[Item], loose: list[_Loose]) -> list[_Loose]:
        """Draw the edges between items; return the ends that lead out at the bottom.

        A stack of bodies instead of recursion: each knows the ends that wait for its next item.
        """
        frames = [_Frame(iter(items), loose)]
        while True:
            frame = frames[-1]
            if frame.item is not None and frame.ways:
                frames.append(self._enter(frame, frame.item, frame.ways.pop(0)))
                continue
            if frame.item is not None:
                frame.loose = self._left(frame, frame.item)
                frame.item = None
            item = next(frame.items, None)
            if item is None:
                frames.pop()
                if not frames:
                    return frame.loose
                frames[-1].done.extend(frame.loose)
            elif not item.again:
                self._meet(frames, item)

    def _meet(self, frames: list[_Frame], item: Item) -> None:
        """Draw the arrows to an item."""
        frame = frames[-1]
        if _in_turn(item):
            frame.done = frame.loose
        else:
            self._join(frame.loose, item.step.id)
            frame.done = []
        frame.loose = []
        if item.step.op == "leave":
            loop = next((f for f in reversed(frames) if f.item and f.item.step.op == "loop"), frame)
            loop.out.append(_Loose(item.step.id))
        elif item.step.op != "end":
            frame.item, frame.ways, frame.out = item, list(item.ways), []

    def _enter(self, frame: _Frame, item: Item, way: Way) -> _Frame:
        """Begin a way. Those of a calendar are gone one after another."""
        if not _in_turn(item):
            return _Frame(iter(way.body), [_Loose(item.step.id, label(item, way))])
        head = _block_id(item, way)
        self._join(frame.done, head)
        frame.done = []
        return _Frame(iter(way.body), [_Loose(head)])

    def _left(self, frame: _Frame, item: Item) -> list[_Loose]:
        """The ends below an item, when all its ways are drawn."""
        step = item.step
        if not _parts(item):
            return [_Loose(step.id)]  # whatever happens, it goes on alike
        if step.op != "loop":
            return frame.done
        self.edges.extend(Edge(end.tail, step.id, end.label or "again", back=True) for end in frame.done)
        return [_Loose(step.id, "rounds are over"), *frame.out]


@dataclass(frozen=True, slots=True)
class _Loose:
    """The beginning of an edge whose head is not known yet."""

    tail: str
    label: str = ""


@dataclass(slots=True)
class _Frame:
    items: Iterator[Item]
    loose: list[_Loose]
    item: Item | None = None
    ways: list[Way] = field(default_factory=list)
    done: list[_Loose] = field(default_factory=list)
    out: list[_Loose] = field(default_factory=list)


def _parts(item: Item) -> bool:
    """Whether something stands on the ways of an item that was not drawn before."""
    return any(not inner.again for way in item.ways for inner in way.body)


def _in_turn(item: Item) -> bool:
    """Whether the ways of an item are gone one after another, as the blocks of a schedule are."""
    return any(isinstance(getattr(way.part, "at", None), int) for way in item.ways)


def _block_id(item: Item, way: Way) -> str:
    """Name a block as its steps do: `day-5`."""
    inner = next((i.step.id for i in way.body if "/" in i.step.id), "")
    return inner.rsplit("/", 1)[0] if inner else f"{item.step.id}:{slug(way.label)}"


def label(item: Item, way: Way) -> str:
    """Say which way it is, as shortly as its node allows."""
    if _in_turn(item):
        return _capital(way.label)
    asked = [w for w in item.ways if w.part is not None]
    if way.kind == "timeout":
        return "time is over"
    if len(asked) == 1 and asked[0].asks == "condition":
        return "no" if way.part is None else "yes"
    if len(asked) == 1 and asked[0].asks in ("event", "fact"):
        return "it happens"
    return way.label


def _shape(item: Item) -> Shape:
    step = item.step
    if step.op == "end":
        return "goal" if getattr(step, "kind", "") == "goal" else "exit"
    if isinstance(getattr(step, "until", None), int):
        return "wait"
    if _in_turn(item):
        return "calendar"
    if step.op in ("loop", "leave"):
        return "loop" if step.op == "loop" else "leave"
    return "choice" if len(item.ways) > 1 else "step"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def slug(text: str) -> str:
    """Write a label as a part of an id."""
    return re.sub(r"\W+", "-", text.casefold()).strip("-")


def safe(id_: str) -> str:
    """Write an id with letters, digits and underscores alone, differently for different ids."""
    return re.sub(r"[^A-Za-z0-9]", lambda m: "_" if m[0] == "-" else f"_{ord(m[0]):x}_", id_)
