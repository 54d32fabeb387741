"""Bodies that are no text at all: the caller's mistake, never ours."""

import pytest
from tests.control.conftest import ApiClient


@pytest.mark.parametrize(
    "body", [b'{"target_url": "\xff"}', b"\xff\xfe", b'{"target_url": "\xed\xa0\x80"}', b"{"]
)
async def test_body_that_is_not_utf_8_is_a_bad_request(api_client: ApiClient, body: bytes) -> None:
    """A broken client must learn that it is broken, and nobody is paged for it."""
    client = await api_client("links:write")
    answer = await client.post("/v1/links", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "malformed"
