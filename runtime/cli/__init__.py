"""The command line: `nurture`. One command a file, imported when it is used."""

from runtime.cli.app import main

__all__ = ["main"]
