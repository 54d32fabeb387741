"""The committed OpenAPI documents of dialects: `python -m tests.contract.openapi_files xqr` writes one."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.contract.world import new_world

from waypost.control.dialects.dialect import Dialect
from waypost.control.dialects.registry import DIALECTS

DIRECTORY = Path(__file__).parents[2] / "proto" / "openapi"


def file_of(dialect: Dialect) -> Path:
    """Where a dialect's document is committed."""
    return DIRECTORY / f"{dialect.name}.json"


def written(document: dict[str, Any]) -> str:
    """The document as it is committed: readable in a review, stable in its order."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


async def generated(dialect: Dialect) -> dict[str, Any]:
    """The document as the dialect serves it."""
    with tempfile.TemporaryDirectory() as directory:
        async with new_world(Path(directory)) as world, world.client(dialect, "") as client:
            document: dict[str, Any] = (await client.get("/openapi.json")).json()
            return document


if __name__ == "__main__":
    for each in DIALECTS:
        if each.name in sys.argv[1:]:
            file_of(each).write_text(written(asyncio.run(generated(each))))
