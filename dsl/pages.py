"""The pages of the codes: what a diagnostic means, told at length with a bad and a good example.

They are Markdown under `docs/diagnostics`, which a wheel carries as `dsl/_diagnostics`.
"""

from __future__ import annotations

import re
from pathlib import Path

from dsl.codes import CODES
from dsl.spelling import nearest

_HERE = Path(__file__).parent
_FOLDERS = (_HERE / "_diagnostics", _HERE.parent / "docs" / "diagnostics")
_NOTE = re.compile(r"<!--.*?-->\n*", re.DOTALL)


class NoPage(Exception):
    """There is no such code, or its page did not come with the installation. The message says so."""


def is_code(word: str) -> bool:
    """Tell whether a word looks like a code: `N012`, `S101`."""
    return re.fullmatch(r"[NnSs]\d{3}", word) is not None


def page(code: str) -> str:
    """Return the page of a code, without the notes for tests.

    Raises:
        NoPage: the code does not exist, or has no page here.
    """
    wanted = code.upper()
    if wanted not in CODES:
        guess = nearest(wanted, CODES)
        raise NoPage(f"There is no code {wanted}." + (f" Did you mean {guess}?" if guess else ""))
    for folder in _FOLDERS:
        place = folder / f"{wanted}.md"
        if place.is_file():
            return _NOTE.sub("", place.read_text(encoding="utf-8"))
    raise NoPage(f"The page of {wanted} did not come with this installation: {CODES[wanted].title}.")
