"""`python -m tests.faults.storm`: a storm of a chosen length, and what it left, as a table."""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults.storm.storm import Plan, Report, storm

_SHOWN = 20


def main() -> int:
    """Run a storm; 0 if it did no harm and was long enough, 1 if it did harm, 3 if it was too short."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--effects", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--mean", type=float, default=30.0, help="effects between two faults")
    parser.add_argument("--once", action="store_true", help="one fault of each kind, and no more")
    parser.add_argument("--keep", action="store_true", help="keep logs and mails")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="nurture-storm-"))
    folder.chmod(0o755)
    print(f"seed {asked.seed}; in {folder}", flush=True)
    mean = None if asked.once else asked.mean
    plan = Plan(asked.effects, asked.minutes, asked.seed, folder, mean, tells=True)
    report = asyncio.run(storm(plan))
    print(table(report))
    harm = report.reckoning.harm
    for kind, found in harm.items():
        print(f"\n{kind}: {len(found)}")
        print("\n".join(f"  {one}" for one in found[:_SHOWN]))
    if harm or asked.keep:
        (folder / "doubts.log").write_text("\n".join(report.reckoning.doubtful))
        print(f"\nLogs and mails are in {folder}.")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    if harm:
        return 1
    if not report.enough:
        print(f"\nOnly {report.reckoning.effects:,} effects in {asked.minutes:g} minutes: give it more time.")
        return 3
    return 0


def table(report: Report) -> str:
    """Return the figures as Markdown."""
    found = report.reckoning
    rows = [
        ("effects settled", found.effects),
        ("contacts", report.people),
        *((outcome, count) for outcome, count in sorted(found.outcomes.items())),
        ("**neither delivered nor listed**", len(found.lost)),
        ("**repeated**", len(found.repeated)),
        ("**in doubt without a cause**", len(found.unexplained)),
        *((f"in doubt, {cause} doing", count) for cause, count in sorted(found.causes.items())),
        ("settled as sent, and not delivered", len(found.untrue)),
        ("otherwise wrong", len(found.wrong)),
        ("calls repeated under their key", found.repeats_under_key),
        *((kind, count) for kind, count in sorted(report.faults.items())),
        *((f"events: {kind}", count) for kind, count in sorted(report.crowd.items())),
        ("processes started", report.starts),
        *((f"processes ended by themselves with {code}", n) for code, n in sorted(report.ended.items())),
        ("times that PostgreSQL found the disk full", report.full),
        ("seconds", round(report.seconds)),
        ("seed", report.plan.seed),
        *((f"left out here: {kind}", "") for kind in sorted(report.left_out)),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {count} |" for name, count in rows)])


if __name__ == "__main__":
    sys.exit(main())
