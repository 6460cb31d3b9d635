"""Stepping: forward and back by keys, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

_HELP = "→ or n: next   ← or p: back   g: first   G: last   a number and enter: that event   q: leave"


def stepped(last: int, show: Callable[[int], None], keys: Iterator[str] | None = None) -> None:
    """Show events from the first to the last, as keys say, until `q`."""
    number, typed = 1, ""
    keys = _keys() if keys is None else keys
    print(_HELP)
    show(number)
    for key in keys:
        if key in ("q", "\x03", "\x04"):
            return
        if key.isdigit():
            typed += key
            continue
        if key in ("\r", "\n") and typed:
            wanted, typed = int(typed), ""
        else:
            wanted, typed = number + _BY.get(key, 0), ""
            wanted = {"g": 1, "G": last}.get(key, wanted)
        wanted = max(1, min(wanted, last))
        if wanted != number:
            number = wanted
            print()
            show(number)


_BY = {"n": 1, " ": 1, "\r": 1, "\n": 1, "j": 1, "p": -1, "k": -1, "\x1b[C": 1, "\x1b[D": -1}


def _keys() -> Iterator[str]:
    """Yield keys as they are pressed; where the terminal cannot tell, lines that are entered."""
    try:
        import termios
        import tty
    except ImportError:
        for line in sys.stdin:
            yield from [*line.strip(), "\n"]
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        while key := sys.stdin.read(1):
            yield key + sys.stdin.read(2) if key == "\x1b" else key
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
