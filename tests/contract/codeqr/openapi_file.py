"""The committed OpenAPI document of this dialect: `python -m tests.contract.codeqr.openapi_file` writes it."""

import asyncio
import json
import tempfile
from pathlib import Path

from tests.contract.world import new_world

from waypost.control.dialects.codeqr.dialect import CODEQR

FILE = Path(__file__).parents[3] / "proto" / "openapi" / "codeqr.json"


async def generated() -> str:
    """The document as it is served, in the form in which it is committed."""
    with tempfile.TemporaryDirectory() as directory:
        async with new_world(Path(directory)) as world, world.client(CODEQR, "") as client:
            document = (await client.get("/openapi.json")).json()
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(asyncio.run(generated()))
