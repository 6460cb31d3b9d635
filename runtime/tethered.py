"""A program on a tether: it is stopped when whoever started it is gone, however that came about.

Run as a script, `python tethered.py PROGRAM ARGUMENT…`: the program runs in a session of its own, so that
Ctrl-C does not reach it, and is asked to stop when this script's standard input ends. A parent that was
killed without warning leaves no server behind that holds its port and its files.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

_PATIENCE = 20.0


def main(command: list[str]) -> int:
    """Run a program until it ends or standard input does; return its exit code."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def watch() -> None:
        while os.read(0, 1024):  # nothing is ever said: only the end of it matters
            pass
        child.terminate()
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()

    threading.Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
