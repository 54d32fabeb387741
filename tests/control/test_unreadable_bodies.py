"""Bodies that are no text at all: the caller's mistake, never ours."""

import httpx
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


async def test_request_without_a_body_says_that_one_is_needed(client: httpx.AsyncClient) -> None:
    """The first call of many a newcomer, and its answer named a variable of ours."""
    answer = await client.post("/v1/links", headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"] == "A JSON body is required."


@pytest.mark.parametrize(
    ("path", "name"),
    [("/v1/links?folder=x", "folder"), ("/v1/tags?limt=3", "limt"), ("/v1/workspace?a=1", "a")],
)
async def test_unknown_query_parameter_is_refused_by_name(
    client: httpx.AsyncClient, path: str, name: str
) -> None:
    """A filter with a typo that lists everything is how the wrong links get deleted."""
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["field"]) == (422, name)


async def test_parameters_of_dependencies_are_known(client: httpx.AsyncClient) -> None:
    """What several operations share is theirs as well: this asks analytics, which is away."""
    answer = await client.get("/v1/analytics/summary?period=7d&tag=a&filter=country:DE&compare=true")
    assert answer.status_code == 503, answer.text
