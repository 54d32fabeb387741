"""The dialect's OpenAPI document."""

from tests.contract.codeqr.openapi_file import FILE, generated


async def test_committed_document_is_what_is_served() -> None:
    """A change of the contract is seen in review: `python -m tests.contract.codeqr.openapi_file` writes it."""
    assert FILE.read_text() == await generated()
