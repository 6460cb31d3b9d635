"""Stepping: forward and back by keys, on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_HELP = "→ or n: next   ← or p: back   g: first   G: last   a number and enter: that event   q: leave"
_BY = {"n": 1, " ": 1, "\r": 1, "\n": 1, "j": 1, "p": -1, "k": -1, "\x1b[C": 1, "\x1b[D": -1}
_LEAVE = ("q", "\x03", "\x04")


def stepped(last: int, show: Callable[[int], None]) -> None:
    """Show events from the first to the last, as keys of the terminal say, until `q`."""
    with _keys() as keys:
        print(_HELP)
        by_keys(last, show, keys)


def by_keys(last: int, show: Callable[[int], None], keys: Iterator[str]) -> None:
    """Show the first event, and then whichever each key asks for."""
    number, typed = 1, ""
    show(number)
    for key in keys:
        if key in _LEAVE:
            return
        if key.isdigit():
            typed += key
            continue
        wanted = number + _BY.get(key, 0)
        if key in ("\r", "\n") and typed:
            wanted = int(typed)
        typed = ""
        wanted = max(1, min({"g": 1, "G": last}.get(key, wanted), last))
        if wanted != number:
            number = wanted
            print()
            show(number)


@contextmanager
def _keys() -> Iterator[Iterator[str]]:
    """Let keys come as they are pressed; where the terminal cannot tell, as lines that are entered."""
    try:
        import termios
        import tty
    except ImportError:
        yield (key for line in sys.stdin for key in [*line.strip(), "\n"])
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        yield _pressed(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _pressed(terminal: int) -> Iterator[str]:
    # A key that is no letter comes as several bytes at once.
    while pressed := os.read(terminal, 16).decode("utf-8", "replace"):
        yield from [pressed] if pressed.startswith("\x1b") else pressed
