"""QRs.bd's documented exchanges, played and compared whole."""

from pathlib import Path

import httpx
import pytest
from tests.contract.exchanges import play, read_exchanges
from tests.contract.openapi_files import file_of, generated, written

from waypost.control.dialects.qrsbd.dialect import QRSBD
from waypost.control.model.access import SCOPES

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: str(file.stem))
async def test_documented_exchanges_are_answered_as_documented(client: httpx.AsyncClient, file: Path) -> None:
    """A client written against the vendor's document must find every member, status and header."""
    exchanges = read_exchanges(file)
    assert await play(client, exchanges) == len(exchanges) > 0


async def test_the_committed_document_is_the_one_that_is_served() -> None:
    """A change of the contract is seen in review: `python -m tests.contract.openapi_files qrsbd` writes it."""
    assert file_of(QRSBD).read_text() == written(await generated(QRSBD))


def test_every_scope_that_an_operation_needs_exists() -> None:
    """A scope that no key can hold would lock an operation for ever."""
    assert {handler.opt["scope"] for handler in QRSBD.routes()} <= SCOPES
