"""The committed OpenAPI document of the native API: `python -m tests.control.openapi_file` writes it."""

import json
from pathlib import Path
from typing import Any

from waypost.control.api.application import application
from waypost.control.api.openapi import complete

FILE = Path(__file__).parents[2] / "proto" / "openapi" / "native.json"


def written(document: dict[str, Any]) -> str:
    """The document as it is committed: readable in a review, stable in its order."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def generated() -> dict[str, Any]:
    """The document as the API serves it."""
    return complete(application())


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(written(generated()))
