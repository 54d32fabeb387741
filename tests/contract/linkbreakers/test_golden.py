"""Linkbreakers' documented exchanges, played and compared whole."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.contract.exchanges import play, read_exchanges

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: str(file.stem))
async def test_documented_exchanges_are_answered_as_documented(client: httpx.AsyncClient, file: Path) -> None:
    """A client written against the article must find every member and status."""
    exchanges = read_exchanges(file)
    assert await play(client, exchanges) == len(exchanges) > 0


async def test_documented_exchanges_about_scans_are_answered_as_documented(
    client: httpx.AsyncClient, link: dict[str, Any]
) -> None:
    """Events with their relations, and the export, of a link that was scanned and clicked."""
    exchanges = read_exchanges(Path(__file__).parent / "golden" / "scanned" / "events.json")
    assert await play(client, exchanges, {"link_id": link["id"]}) == len(exchanges) > 0
