"""The committed OpenAPI document is the one that is served."""

import json
from pathlib import Path

from tests.contract.world import World

from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS

COMMITTED = Path(__file__).parents[3] / "proto" / "openapi" / "linkbreakers.json"


async def test_the_committed_document_is_served(world: World) -> None:
    """A change of the surface shows in review. To renew: write the served document to the file."""
    async with world.client(LINKBREAKERS, key="") as nobody:
        served = (await nobody.get("/openapi.json")).json()
    text = json.dumps(served, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert COMMITTED.read_text() == text
