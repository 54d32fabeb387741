"""The committed OpenAPI document of the native API: `python -m tests.control.openapi_file` writes it."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from waypost.control.api.application import application
from waypost.control.api.openapi import complete
from waypost.control.bus import Bus
from waypost.control.core.keys import Peppers
from waypost.control.model.installation import Installation
from waypost.control.objects.local import LocalObjects
from waypost.control.store.database import open_database
from waypost.control.surface.control import Control

FILE = Path(__file__).parents[2] / "proto" / "openapi" / "native.json"


def written(document: dict[str, Any]) -> str:
    """The document as it is committed: readable in a review, stable in its order."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


async def generated() -> dict[str, Any]:
    """The document as the API serves it."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "control.db"
        database = await open_database("", file, installation=Installation())
        objects = LocalObjects(Path(directory))
        try:
            return complete(application(Control(database, Peppers((b"x",)), Bus("", "proto"), objects)))
        finally:
            await database.close()


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(written(asyncio.run(generated())))
