"""The report of a population: one HTML page that needs nothing besides itself, on a screen and on paper.

It holds no script and asks no network for anything, which its own security policy forbids, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape

from dsl import civil
from runtime.populations.charts import bars, share
from runtime.populations.summary import Spread, Summary, by_weeks, grouped, largest
from runtime.reporting import Counts, Funnel, FunnelRow
from runtime.reporting.figures import AGAIN
from runtime.reporting.words import count, day, number, reason_of

_WEEK = "week of the simulation"
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --faint: #626c7d; --line: #d8dde6; --bar: #2f6fb3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebf1; --faint: #9aa4b5; --line: #3a4353; --bar: #6ea8e6; }
  body { background: #151a22; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 60rem; margin: 2rem auto;
  padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .4rem 0; } .faint, .none { color: var(--faint); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem;
  margin: 1.5rem 0; }
.figures div { border-top: 3px solid var(--bar); padding-top: .4rem; }
.figures b { display: block; font-size: 1.5rem; line-height: 1.2; }
.figures span { color: var(--faint); font-size: .85rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--faint); }
th, td { padding: .2rem .5rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; } td.w { width: 8rem; }
table.narrow { width: auto; min-width: 50%; }
tr.block td { font-weight: 600; }
svg { width: 100%; height: auto; display: block; } svg.share { height: .7rem; margin-top: .35rem; }
svg text { font-size: 11px; fill: var(--faint); text-anchor: middle; } svg .number { fill: var(--ink); }
svg .axis { text-anchor: start; }
svg line { stroke: var(--line); } .bar { fill: var(--bar); }
@media print {
  :root { color-scheme: light; --ink: #000; --faint: #444; --line: #999; --bar: #555; }
  body { background: none; margin: 0; max-width: none; font-size: 11px; }
  h2, h3 { break-after: avoid; } svg, tr, .figures { break-inside: avoid; }
}
"""


_OWNERS = 20
_MANY = 5  # columns that want the width of the page


def page(told: Summary) -> str:
    """Write the page."""
    zone = civil.zone(told.time_zone, "UTC")
    span = f"{day(told.start, zone)} to {day(told.until, zone)}"
    title = f"{told.workspace}: {count(told.contacts, 'contact')}, {span}"
    parts = [
        f"<h1>{escape(told.workspace)}</h1>",
        f"<p>{escape(_head(told, span))}</p>",
        *(f"<p>{escape(sentence)}</p>" for sentence in (*told.doubts, *told.notes)),
        _figures(told),
        *_funnels(told),
        *_mails(told),
        *_scores(told),
        *_holds(told),
        *_sales(told),
        *_how(told),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _head(told: Summary, span: str) -> str:
    ways = ", ".join(f"“{journey}”" for journey in told.journeys)
    return f"{count(told.contacts, 'simulated contact')} come in by {ways}; {span}, seed {told.seed}."


def _figures(told: Summary) -> str:
    all_ = told.counts.values()
    sent, goals = sum(one.sent for one in all_), sum(sum(one.goals.values()) for one in all_)
    shown = [
        (f"{told.contacts:,}", "contacts"),
        (f"{told.runs:,}", "runs of journeys"),
        (f"{sent:,}", "emails sent"),
        (f"{goals:,}", "goals reached"),
        (f"{sum(told.handoffs.values()):,}", "handed to sales"),
        (f"{sum(told.lost.values()):,}", "get no more mail"),
    ]
    cells = "".join(f"<div><b>{value}</b><span>{escape(name)}</span></div>" for value, name in shown)
    return f'<div class="figures">{cells}</div>'


def _funnels(told: Summary) -> Iterator[str]:
    yield "<h2>What becomes of them, step by step</h2>"
    for made in told.funnels:
        yield f"<h3>{escape(made.journey)}</h3>"
        yield f"<p class='faint'>{escape(_counted(told.counts[made.journey]))}</p>"
        yield _table(
            ("step", "came", "", "what came of it", "opened", "clicked"),
            (_step(row, made) for row in made.rows),
            numbers=(1, 4, 5),
        )


def _counted(made: Counts) -> str:
    parts = [f"{made.entered:,} entered", f"{made.open:,} still inside", f"{made.completed:,} to the end"]
    parts += [f"{n:,} reached “{goal}”" for goal, n in made.goals.items()]
    parts += [f"{n:,} left: {reason_of(reason)}" for reason, n in made.exits.items()]
    parts += [f"{n:,} not let in: {reason_of(reason)}" for reason, n in made.refused.items()]
    return ", ".join(parts) + "."


def _step(row: FunnelRow, made: Funnel) -> tuple[str, Sequence[str]]:
    ways = ", ".join(f"{n:,} {way}" for way, n in row.ways.items())
    held = f"{row.held:,} held before" if row.held else ""
    again = AGAIN if row.again else ""
    opened = "" if row.opened is None else f"{row.opened:,}"
    clicked = "" if row.clicked is None else f"{row.clicked:,}"
    cells = (
        f'<div style="margin-left: {row.depth}em">{escape(row.text)}</div>',
        f"{row.runs:,}",
        share(row.runs, made.entered),
        escape(", ".join(filter(None, (ways, held, again)))),
        opened,
        clicked,
    )
    return "block" if row.block else "", cells


def _mails(told: Summary) -> Iterator[str]:
    width, weeks = by_weeks(told.mails_by_week)
    yield f"<h2>Marketing emails</h2><h3>Sent in each {_weeks(width)}</h3>"
    yield bars(f"Marketing emails by {_weeks(width)}", weeks, "emails", _WEEK)
    yield "<h3>What one contact gets in a week</h3>"
    yield (
        "<p class='faint'>Weeks of contacts, from their arrival on, by the number of marketing emails in "
        "them.</p>"
    )
    yield bars("Weeks of contacts by number of emails", _counted_mails(told), "weeks", "emails in a week")
    total = sum(told.mails_in_a_week.values())
    yield _table(
        ("emails in a week", "weeks", "share"),
        (
            ("", (str(mails), f"{n:,}", f"{100 * n / total:.1f} %"))
            for mails, n in told.mails_in_a_week.items()
        ),
        numbers=(0, 1, 2),
    )
    if told.lost:
        lost = ", ".join(f"{n:,}: {reason}" for reason, n in told.lost.items())
        yield f"<p>Who gets no more mail at the end: {escape(lost)}.</p>"


def _counted_mails(told: Summary) -> list[tuple[str, int]]:
    return [(str(mails), n) for mails, n in told.mails_in_a_week.items() if mails]


def _scores(told: Summary) -> Iterator[str]:
    yield "<h2>Score at the end</h2>"
    above = ", ".join(
        f"{n:,} at “{name}” ({number(told.lines[name])}) or above" for name, n in told.thresholds.items()
    )
    yield f"<p>{number(told.average_score)} on average{escape('; ' + above) if above else ''}.</p>"
    yield bars("Contacts by score", grouped(told.scores), "contacts", "score")


def _holds(told: Summary) -> Iterator[str]:
    yield "<h2>What was held, and for how long</h2>"
    yield (
        "<p class='faint'>Waits end inside sending hours by themselves; here is what came to its moment and "
        "had to wait.</p>"
    )
    if not told.holds:
        yield '<p class="none">Nothing was held.</p>'
        return
    yield _table(
        ("reason", "times", "half within", "nine of ten within", "longest"),
        (
            ("", (escape(reason), f"{spread.number:,}", *_hours(spread)))
            for reason, spread in told.holds.items()
        ),
        numbers=(1, 2, 3, 4),
    )
    for reason, hours in told.hold_hours.items():
        yield f"<h3>{escape(reason[:1].upper() + reason[1:])}: hours</h3>"
        yield bars(f"Hours held: {reason}", grouped(hours), "times", "hours held")
    dropped = ", ".join(f"{n:,}: {reason}" for reason, n in told.dropped.items())
    yield f"<p>A limit on emails made {count(told.capped, 'contact')} wait or miss one.</p>"
    if dropped:
        yield f"<p>Held, and then not sent: {escape(dropped)}.</p>"


def _hours(spread: Spread) -> tuple[str, str, str]:
    median, ninth, most = (f"{n:,} h" if n else "less than 1 h" for n in spread.spans)
    return median, ninth, most


def _weeks(width: int) -> str:
    return "week" if width == 1 else f"{width} weeks"


def _sales(told: Summary) -> Iterator[str]:
    yield "<h2>Sales</h2>"
    if told.handoff_days is None:
        yield '<p class="none">Nobody was handed to sales.</p>'
        return
    days = told.handoff_days
    yield (
        f"<p>{count(days.number, 'handoff')}; from entry to handoff half take {_days(days.median)} at most, "
        f"nine of ten {_days(days.ninth)}.</p>"
    )
    yield "<h3>Days from entry to handoff</h3>"
    yield bars("Days from entry to handoff", grouped(told.to_handoff), "handoffs", "days from entry")
    width, weeks = by_weeks(told.load)
    yield f"<h3>Handoffs in each {_weeks(width)}</h3>"
    yield bars(f"Handoffs by {_weeks(width)}", weeks, "handoffs", _WEEK)
    yield "<h3>Against the time in which sales is to answer</h3>"
    total = sum(told.handoffs.values())
    yield _table(
        ("", "handoffs", "share"),
        (("", (escape(how), f"{n:,}", f"{100 * n / total:.1f} %")) for how, n in told.handoffs.items()),
        numbers=(1, 2),
    )
    if told.answers is not None:
        hours = grouped(told.answer_hours)
        yield f"<h3>Hours until the answer</h3>{bars('Hours until the answer', hours, 'answers', 'hours')}"
    yield "<h3>Owners</h3>"
    yield _table(
        ("owner", "handoffs", "share"),
        (("", (escape(owner), f"{n:,}", f"{100 * n / total:.1f} %")) for owner, n in _owners(told)),
        numbers=(1, 2),
    )


def _owners(told: Summary) -> Iterator[tuple[str, int]]:
    """Yield the owners with the most handoffs, and then the others together."""
    first, others, theirs = largest(told.owners, _OWNERS)
    yield from ((owner or "nobody in person", n) for owner, n in first)
    if others:
        yield f"and {count(others, 'other')}", theirs


def _days(n: int) -> str:
    return count(n, "day") if n else "less than a day"


def _how(told: Summary) -> Iterator[str]:
    zone = civil.zone(told.time_zone, "UTC")
    yield "<h2>How this came about</h2>"
    yield (
        "<p>No one was mailed. The contacts are not real: they went through the journeys in virtual time, on "
        "the machine that runs them. How they behave is a model, not a forecast: "
        f"{escape(told.source)}. The same seed tells the same story.</p>"
    )
    if told.unfit:
        yield (
            f"<p>{count(told.unfit, 'contact')} could not be made to fit the start of their journey, so some "
            "of them did not enter.</p>"
        )
    begins = f"{datetime.fromtimestamp(told.start, zone):%Y-%m-%d %H:%M} {told.time_zone}"
    yield f'<p class="faint">Virtual time began on {escape(begins)}.</p>'


def _table(
    head: Sequence[str],
    rows: Iterable[tuple[str, Sequence[str]]],
    numbers: Sequence[int] = (),
) -> str:
    """Write a table. Cells are HTML already; `numbers`: columns that stand to the right."""

    def cell(tag: str, place: int, content: str) -> str:
        kind = "n" if place in numbers else "w" if content.startswith("<svg") else ""
        return f"<{tag}{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{content}</{tag}>"

    heading = "".join(cell("th", place, escape(name)) for place, name in enumerate(head))
    body = "".join(
        f"<tr{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>"
        + "".join(cell("td", place, content) for place, content in enumerate(cells))
        + "</tr>"
        for kind, cells in rows
    )
    narrow = ' class="narrow"' if len(head) < _MANY else ""
    return f"<table{narrow}><thead><tr>{heading}</tr></thead><tbody>{body}</tbody></table>"
