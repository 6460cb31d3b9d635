"""The published JSON Schema of plans: `python -m dsl.schema` writes `docs/schema/plan-1.json`."""

from __future__ import annotations

import json
from pathlib import Path

from dsl.plan import FORMAT, Plan

PUBLISHED = Path(__file__).parent.parent / "docs" / "schema" / f"plan-{FORMAT}.json"


def schema() -> str:
    """Return the schema as text."""
    data = Plan.model_json_schema()
    data["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PUBLISHED.parent.mkdir(parents=True, exist_ok=True)
    PUBLISHED.write_text(schema(), encoding="utf-8")
