"""Starting quickly: checking imports nothing that it does not use."""

from __future__ import annotations

import subprocess
import sys

import pytest

import dsl
from tests.dsl.workspaces import EXAMPLE

_PROGRAM = """
import sys, pathlib, dsl
assert not [m for m in sys.modules if m.startswith("dsl.")], "importing dsl imports nothing else of it"
root = pathlib.Path(sys.argv[1])
paths = [p for p in root.rglob("*") if p.suffix in (".journey", ".md", ".toml")]
files = {p.relative_to(root).as_posix(): p.read_bytes() for p in paths}
assert dsl.check_workspace(files) == []
print(*sorted(sys.modules))
"""


def test_checking_the_example_imports_neither_the_grammar_compiler_nor_the_runtime() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(EXAMPLE)], capture_output=True, text=True, check=True
    )
    modules = set(done.stdout.split())
    assert "dsl.parser" in modules
    assert not modules & {"dsl.mistakes", "dsl.near_misses", "dsl.repairs"}
    assert not modules & {"lark", "temporalio", "runtime", "workflows", "sqlalchemy", "liquid"}


def test_the_names_of_the_package_are_those_it_promises() -> None:
    assert all(getattr(dsl, name) is not None for name in dsl.__all__)
    with pytest.raises(AttributeError):
        _ = dsl.nothing
