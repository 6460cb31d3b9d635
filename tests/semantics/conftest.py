"""Each row holds on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import Databases
from tests.equality import drivers

pytest.register_assert_rewrite("tests.semantics.stage")


@pytest.fixture(autouse=True)
def _where_it_runs(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    def database(_folder: Path) -> str:
        return databases()

    monkeypatch.setattr(drivers, "database", database)
