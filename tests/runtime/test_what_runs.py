"""What the reference says cannot run yet is what the runtime refuses, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

from runtime import support

PAGE = Path(__file__).parents[2] / "docs" / "language.md"


def test_the_reference_names_exactly_what_is_refused() -> None:
    source = Path(support.__file__).read_text(encoding="utf-8")
    refused = {words for words in re.findall("“([^”]+)”", source) if "{" not in words}
    section = PAGE.read_text(encoding="utf-8").split("## What runs today\n")[1].split("\n## ")[0]
    rows = [row for row in section.split("\n") if row.startswith("| ")]
    assert {words for row in rows for words in re.findall("`([^`]+)`", row)} == refused
