"""Golden files: what was written once and read by a person; `make golden` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path


def check_golden(name: str, text: str) -> None:
    """Compare with the golden file, or write it if NURTURE_GOLDEN=write."""
    path = Path(__file__).with_name(name)
    if os.environ.get("NURTURE_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{name} differs; run `make golden` and read the diff"
