"""The exchanges of CodeQR's article, played and compared whole."""

from pathlib import Path

import httpx
import pytest
from tests.contract.exchanges import play, read_exchanges

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: str(file.stem))
async def test_documented_exchanges_are_answered_as_documented(client: httpx.AsyncClient, file: Path) -> None:
    """A client written against the article must find every member, status and code."""
    exchanges = read_exchanges(file)
    assert await play(client, exchanges) == len(exchanges) > 0
