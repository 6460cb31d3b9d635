"""Builds journeys by chance, out of every construct. What the checker refuses is taken out afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.equality.made import vocabulary as words
from tests.equality.made.vocabulary import Said

Rows = list[str]

_BOOKS = 'contact books meeting "Demo"', "Meeting Booked", ({"meeting": "Demo", "starts_at": "+4d"},)
_REGISTERS = (
    'contact does "Registered"',
    "Registered",
    ({"webinar": "w1", "starts_at": "+4d"}, {"webinar": "w2", "starts_at": "+9d"}),
)
_MOVES = 'contact does "Moved"', "Moved", ({"webinar": "w1", "starts_at": "+7d"}, {"webinar": "w2"})
_SIGNS = 'account does "Signed"', "Signed", ({"on": "2041-06-01"},)


@dataclass(slots=True)
class Journey:
    """A journey under construction. `entries`, `mentions`: events that start it, that it listens for."""

    choose: Random
    name: str
    others: tuple[str, ...] = ()
    entries: list[Said] = field(default_factory=list)
    mentions: list[Said] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    splits: int = 0
    dated: str = ""
    alone: bool = False  # a run of an account, without a contact
    ends_early: bool = False

    def rows(self) -> Rows:
        """Return the lines of the journey."""
        head = self.ways_in()
        head += self.head()
        body = self.body()
        handlers = self.handlers()
        sections: Rows = []
        for name in self.sections:
            sections += [f'  section "{name}"', *self.steps(2, 1)]
        return [f'journey "{self.name}"', *head, *handlers, *body, *sections]

    def luck(self, share: float) -> bool:
        return self.choose.random() < share

    def event(self) -> str:
        """Choose an event, and remember it."""
        said = self.choose.choice(words.EVENTS)
        self.mentions.append(said)
        return said[0]

    # ------------------------------------------------------------------------------------- the head

    def ways_in(self) -> Rows:
        roll = self.choose.random()
        if roll < 0.10:
            return self._of_account()
        if roll < 0.22:
            self.dated = "trigger"
            start = _REGISTERS if self.luck(0.7) else _BOOKS
            self.entries.append(start)
            rows = [f"  start when {start[0]}"]
            if start is _REGISTERS and self.luck(0.6):
                rows.append("  runs once for each trigger.webinar")
                if self.luck(0.7):
                    self.mentions.append(_MOVES)
                    rows.append(f"  update trigger when {_MOVES[0]} where event.webinar is trigger.webinar")
            else:
                rows.append(self.runs())
            return rows
        if roll < 0.30:
            when = self.choose.choice(("", " every monday 09:00", " every day 02:30"))
            segment = self.choose.choice(("Managers", "Warm ones", "Visitors", "Nested"))
            return [f'  start with everyone in segment "{segment}"{when}', self.runs()]
        rows = []
        for _ in range(1 + self.luck(0.25)):
            said = self.choose.choice(
                (
                    ('contact submits form "Whitepaper"', "Form Submitted", ({"form": "Whitepaper"},)),
                    ('contact submits form "Whitepaper"', "Form Submitted", ({"form": "Whitepaper"},)),
                    self.choose.choice(words.EVENTS),
                )
            )
            self.entries.append(said)
            asked = f" if {self.choose.choice(words.FACTS)}" if self.luck(0.15) else ""
            rows.append(f"  start when {said[0]}{asked}")
        if self.luck(0.15):
            rows.append("  start by hand")
        return [*rows, self.runs()]

    def _of_account(self) -> Rows:
        if self.luck(0.5):
            self.alone = True
            said = self.choose.choice((_SIGNS, words.EVENTS[-2], words.EVENTS[-4]))
        else:
            said = ('contact submits form "Whitepaper"', "Form Submitted", ({"form": "Whitepaper"},))
        self.entries.append(said)
        runs = self.choose.choice(
            ("runs once for each account", "runs again 2 days after it ended, for each account")
        )
        return [f"  start when {said[0]}", f"  {runs}"]

    def runs(self) -> str:
        return self.choose.choice(
            (
                "  runs once for each contact",
                "  runs once for each contact",
                "  runs again at any time",
                "  runs again 1 day after it ended",
                "  runs again 3 hours after it ended",
            )
        )

    def head(self) -> Rows:
        rows: Rows = []
        if self.luck(0.35) and not self.alone:
            rows.append(f"  {self.choose.choice(words.HOURS)}")
        if self.luck(0.2) and not self.alone:
            rows.append(f"  {self.choose.choice(words.LIMITS)}")
        if self.luck(0.15):
            rows.append(f"  priority {self.choose.choice(('high', 'normal', 'low'))}")
        if self.luck(0.3):
            rows.append(f'  goal "Aim" when {self.event()}{self.choose.choice(("", "", ", and stay"))}')
        if self.luck(0.15):
            rows.append(f'  goal "State" as soon as {self.watched()}')
        if self.luck(0.3):
            rows.append(f"  stop when {self.event()}")
        if self.luck(0.15):
            rows.append(f"  stop as soon as {self.watched()}")
        if self.luck(0.15):
            rows.append(f"  pause while {self.choose.choice(words.PAUSES)}")
        if self.luck(0.05):
            rows += ['  owner "Marketing"', '  description "By chance"']
        if self.luck(0.05):
            rows.append("  people inside move to the new version")
        return rows

    def watched(self) -> str:
        one, two = self.choose.sample(words.ACCOUNT_FACTS[:2] if self.alone else words.WATCHED, 2)
        return self.choose.choice((one, one, f"{one} and {two}", f"({one} or {two})"))

    def handlers(self) -> Rows:
        rows: Rows = []
        for _ in range(self.choose.choice((0, 0, 0, 1, 1, 2))):
            often = self.choose.choice(
                ("", "", ", at most once every 2 days", ", at most once every 3 hours")
            )
            when = f"whenever {self.event()}" if self.luck(0.6) else f"as soon as {self.watched()}"
            rows += [f"  {when}{often}", *self.steps(2, 1, short=True)]
        return rows

    # ------------------------------------------------------------------------------------- bodies

    def body(self) -> Rows:
        if self.luck(0.35) or self.dated:
            rows = self.steps(1, 1, short=True) if self.luck(0.4) else []
            return rows + self.blocks()
        rows = self.steps(1, 3)
        if self.luck(0.4):
            rows.append(f"  wait up to {self.choose.choice(('9 days', '12 days'))} until {self.event()}")
        return rows

    def blocks(self) -> Rows:
        moments: list[str] = []
        if self.luck(0.75) and not (self.dated and self.luck(0.6)):
            hours = self.choose.sample((1, 2, 23, 25), self.choose.randint(0, 1))
            days = self.choose.sample((0, 1, 2, 3, 5, 8), self.choose.randint(1, 3))
            moments += [f"hour {hour}" for hour in sorted(hours)]
            clock = self.choose.choice(("", "", " 02:30", " 10:00"))
            moments += [f"day {day}{clock if day else ''}" for day in sorted(days)]
            moments.sort(key=lambda moment: _hours(moment))
        if self.dated or self.luck(0.35):
            pool = words.OF_TRIGGER if self.dated and self.luck(0.8) else words.DATED
            for moment in [one for one in pool if self.luck(0.3)] or pool[:1]:
                late = self.choose.choice(("skip if late", "at once if late", "exit if late"))
                moments.append(f"{moment}, {late}")
        rows: Rows = []
        for moment in moments or ["day 1"]:
            rows += [f"  {moment}", *self.steps(2, 1, short=True)]
        return rows

    def steps(self, level: int, deep: int, *, short: bool = False) -> Rows:
        """Return one to four steps, indented."""
        rows: Rows = []
        kinds = (
            (self.inner, 5),
            (self.outer, 6),
            (self.wait, 5),
            (self.until, 3),
            (self.branch, 4 if deep > 0 else 0),
            (self.arms, 3 if deep > 0 else 0),
            (self.split, 2 if deep > 0 else 0),
            (self.repeat, 2 if deep > 0 else 0),
            (self.section, 1 if deep > 0 and level == 1 else 0),
            (self.other, 1),
        )
        makers = [maker for maker, weight in kinds for _ in range(weight)]
        for _ in range(self.choose.randint(1, 2 if short else 3)):
            rows += self.choose.choice(makers)(level, deep - 1)
        if self.luck(0.06):
            ending = self.choose.choice(('exit "Enough"', 'reach goal "Reached"'))
            rows.append("  " * level + ending)
        return rows

    def inner(self, level: int, _deep: int) -> Rows:
        return ["  " * level + self.choose.choice(words.OF_ACCOUNT_ALONE if self.alone else words.INNER)]

    def outer(self, level: int, _deep: int) -> Rows:
        return ["  " * level + self.choose.choice(words.OF_ACCOUNT_ALONE if self.alone else words.OUTER)]

    def wait(self, level: int, _deep: int) -> Rows:
        return ["  " * level + self.choose.choice(words.WAITS)]

    def until(self, level: int, _deep: int) -> Rows:
        longest = self.choose.choice(("2 days", "3 days", "30 hours", "9 business hours", "1 week"))
        for_what = self.event() if self.luck(0.6) else self.watched()
        return ["  " * level + f"wait up to {longest} until {for_what}"]

    def other(self, level: int, _deep: int) -> Rows:
        if self.others and self.luck(0.6):
            return ["  " * level + f'start journey "{self.choose.choice(self.others)}"']
        if self.entries and not self.alone and self.entries[0] == _REGISTERS:
            return ["  " * level + "set contact.title to trigger.webinar"]
        return self.inner(level, 0)

    def condition(self) -> str:
        facts = words.ACCOUNT_FACTS if self.alone else words.FACTS
        one, two, three = self.choose.sample(facts, 3)
        return self.choose.choice((one, one, f"{one} and {two}", f"({one} or {two}) and {three}"))

    def branch(self, level: int, deep: int) -> Rows:
        pad = "  " * level
        rows = [f"{pad}if {self.condition()}", *self.steps(level + 1, deep, short=True)]
        if self.luck(0.2):
            rows += [f"{pad}otherwise if {self.condition()}", *self.steps(level + 1, deep, short=True)]
        if self.luck(0.5):
            rows += [f"{pad}otherwise", *self.steps(level + 1, deep, short=True)]
        return rows

    def arms(self, level: int, deep: int) -> Rows:
        pad = "  " * level
        rows = [f"{pad}wait up to {self.choose.choice(('2 days', '1 week', '5 hours'))}"]
        for _ in range(self.choose.randint(1, 3)):
            event = self.event()
            reply = " as reply" if '"Ping"' in event and self.luck(0.7) else ""
            rows.append(f"{pad}  when {event}{reply}")
            if reply:
                rows += [f"{pad}    if reply.n is at least 4", *self.steps(level + 3, 0, short=True)]
            else:
                rows += self.steps(level + 2, deep, short=True)
        if self.luck(0.6):
            rows += [f"{pad}  otherwise", *self.steps(level + 2, deep, short=True)]
        return rows

    def split(self, level: int, deep: int) -> Rows:
        pad = "  " * level
        self.splits += 1
        name = f"{self.name} {self.splits}"
        rows = [
            f'{pad}split "{name}"',
            f'{pad}  variant 45% "Short"',
            *self.steps(level + 2, deep, short=True),
        ]
        rows += [f'{pad}  variant 40% "Long"', *self.steps(level + 2, deep, short=True)]
        rows.append(f"{pad}  holdout 15%")
        if self.luck(0.4):
            winner = self.choose.choice(("after 200 contacts", "after 2 weeks"))
            rows.append(f"{pad}  winner by clicks {winner}")
        return rows

    def repeat(self, level: int, deep: int) -> Rows:
        pad = "  " * level
        times = self.choose.choice((2, 2, 3))
        rows = [f"{pad}repeat up to {times} times", *self.steps(level + 1, deep, short=True)]
        if self.luck(0.6):
            rows += [f"{pad}  if {self.condition()}", f"{pad}    stop repeating"]
        return [*rows, f"{pad}  wait {self.choose.choice(('1 day', '5 hours', '24 hours'))}"]

    def section(self, level: int, _deep: int) -> Rows:
        name = f"Part {len(self.sections) + 1}"
        if not self.sections:
            self.sections.append(name)
        return ["  " * level + f'run section "{self.sections[0]}"']


def _hours(moment: str) -> int:
    kind, number = moment.split()[:2]
    return int(number) if kind == "hour" else int(number) * 24 + (1 if ":" in moment else 0)
