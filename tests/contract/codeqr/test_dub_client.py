"""The relative's own client from PyPI, with only its host and its key changed. It reads answers strictly."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from dub import Dub
from dub.models import errors
from tests.contract.codeqr.conftest import KEY

ResultT = TypeVar("ResultT")


async def run(served: str, work: Callable[[Dub], ResultT]) -> ResultT:
    """Run blocking calls beside the server."""

    def blocking() -> ResultT:
        with Dub(token=KEY, server_url=served) as client:
            return work(client)

    return await asyncio.to_thread(blocking)


async def test_a_link_lives_its_life_through_the_client(served: str) -> None:
    """Create, read, list, count, change, upsert, delete: every answer parses."""

    def work(client: Dub) -> None:
        made = client.links.create(
            request={
                "url": "https://example.com/page",
                "external_id": "12345",
                "tag_names": ["one", "two"],
                "geo": {"BR": "https://example.com/br"},
                "utm_source": "news",
                "track_conversion": True,
            }
        )
        assert made is not None
        assert (made.external_id, made.utm_source, made.track_conversion) == ("12345", "news", True)
        assert sorted(tag.name for tag in made.tags or []) == ["one", "two"]
        assert client.links.get(request={"external_id": "ext_12345"}) == made
        listed = client.links.list(request={"page_size": 10})
        assert listed is not None
        assert [link.id for link in listed.result] == [made.id]
        assert client.links.count(request={}) == 1
        changed = client.links.update(link_id=made.id, request_body={"title": "Later", "utm_source": None})
        assert (changed.title, changed.utm_source) == ("Later", None)
        same = client.links.upsert(request={"url": "https://example.com/page", "external_id": "12345"})
        assert same == changed
        gone = client.links.delete(link_id="ext_12345")
        assert gone.id == made.id
        with pytest.raises(errors.NotFound) as missing:
            client.links.get(request={"link_id": made.id})
        assert missing.value.data.error.code.value == "not_found"

    await run(served, work)


async def test_the_client_works_in_bulk(served: str) -> None:
    """Made, changed and deleted at once."""

    def work(client: Dub) -> None:
        wanted: Any = [{"url": f"https://example.com/{n}", "key": f"k{n}"} for n in range(3)]
        made = client.links.create_many(request=wanted)
        ids = [link.id for link in made]  # type: ignore[union-attr]  # none of these fails
        changed = client.links.update_many(request={"link_ids": ids, "data": {"archived": True}})
        assert [link.archived for link in changed] == [True] * 3
        assert client.links.delete_many(request={"link_ids": ids}).deleted_count == 3

    await run(served, work)


async def test_the_clients_errors_are_parsed(served: str) -> None:
    """It throws something else when a status comes with a code that it does not know."""

    def work(client: Dub) -> None:
        client.links.create(request={"url": "https://example.com", "key": "taken"})
        with pytest.raises(errors.Conflict):
            client.links.create(request={"url": "https://example.com", "key": "taken"})
        with pytest.raises(errors.UnprocessableEntity):
            client.links.create(request={"url": "ftp://example.com"})
        with pytest.raises(errors.Forbidden):
            client.links.create(request={"url": "https://example.com", "domain": "theirs.example"})
        with pytest.raises(errors.BadRequest):
            client.links.get(request={})

    def stranger(_client: Dub) -> None:
        with Dub(token="codeqr_wrong", server_url=served) as client, pytest.raises(errors.Unauthorized):
            client.links.list(request={})

    await run(served, work)
    await run(served, stranger)
