"""Files: replacing one of the user's."""

from __future__ import annotations

import shutil
from pathlib import Path


def replace_file(place: str | Path, data: bytes) -> None:
    """Replace a file at once, so that no crash leaves half of one."""
    target = Path(place).resolve()
    fresh = target.with_name(f".{target.name}.new")
    try:
        fresh.write_bytes(data)
        shutil.copymode(target, fresh)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
