"""TrimLink's documented exchanges, played and compared whole."""

from pathlib import Path

import httpx
import pytest
from tests.contract.exchanges import play, read_exchanges
from tests.contract.openapi_files import file_of, generated, written

from waypost.control.dialects.trimlink.dialect import TRIMLINK

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: str(file.stem))
async def test_documented_exchanges_are_answered_as_documented(client: httpx.AsyncClient, file: Path) -> None:
    """A client written against the vendor's page must find every member, status and header."""
    exchanges = read_exchanges(file)
    assert await play(client, exchanges) == len(exchanges) > 0


async def test_committed_document_is_what_is_served() -> None:
    """A change of the contract is seen in review: `python -m tests.contract.openapi_files trimlink` writes it."""
    assert file_of(TRIMLINK).read_text() == written(await generated(TRIMLINK))
