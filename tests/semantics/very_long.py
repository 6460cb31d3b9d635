"""`python -m tests.semantics.very_long`: a run that hears 1,200 events, at the server's own limit (row 35).

The tests lower the limit to ten events, for this takes half a minute. It prints what it found, and fails if
the drivers differ or the run was not continued as new.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from tests.semantics.stage import both, case, does, form, moment_after

_HEARD = 1_200
_JOURNEY = """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  whenever contact does "Ping"
    add 1 to score

  wait 3 days
  add tag "hot"
"""


async def main(heard: int) -> int:
    """Run it on both drivers; `both` fails if they differ."""
    happens = [form("03-04 10:00")]
    happens += [
        does("03-05 00:00", "ana", "Ping") | {"at": moment_after("03-05 00:00", timedelta(minutes=n))}
        for n in range(heard)
    ]
    with tempfile.TemporaryDirectory() as folder:
        found = await both(case(_JOURNEY, happens, "03-20 00:00"), Path(folder))
    events = found.outcome.histories["row/ana/-/1"].events
    begun = events[0].workflow_execution_started_event_attributes
    print(f"{heard:,} events heard, {len(found.rows()):,} rows of trace, equal on both drivers.")
    print(f"The last execution has {len(events):,} events of history and is a continuation: ", end="")
    print("yes." if begun.continued_execution_run_id else "no.")
    print(found.last())
    return 0 if begun.continued_execution_run_id else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(_HEARD)))
