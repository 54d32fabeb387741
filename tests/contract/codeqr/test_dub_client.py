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


async def test_the_client_pages_lists_and_counts(served: str) -> None:
    """It sends page numbers as 1.0, and goes on until a page is short."""

    def work(client: Dub) -> None:
        wanted: Any = [
            {"url": f"https://example.com/{n}", "tenant_id": "t", "tag_names": "x"} for n in range(3)
        ]
        client.links.create_many(request=wanted)
        pages: Any = client.links.list(
            request={"page_size": 2, "page": 1, "tenant_id": "t", "with_tags": True}
        )
        numbers = []
        while pages is not None:
            numbers.append(len(pages.result))
            pages = pages.next()
        assert numbers == [2, 1]
        assert client.links.count(request={"show_archived": True, "tag_names": "x"}) == 3

    await run(served, work)


async def test_the_client_keeps_folders_and_draws_codes(served: str) -> None:
    """The folder it made, and the picture as it asks for it."""

    def work(client: Dub) -> None:
        made = client.folders.create(request={"name": "Spring", "description": "What blooms"})
        assert made is not None
        assert (made.name, made.description) == ("Spring", "What blooms")
        changed = client.folders.update(id=made.id, request_body={"name": "Summer"})
        assert (changed.id, changed.name, changed.description) == (made.id, "Summer", "What blooms")
        listed: Any = client.folders.list(request={"search": "SUM"})
        folders = listed if isinstance(listed, list) else listed.result
        assert [each.id for each in folders] == [made.id]
        assert client.folders.delete(id=made.id).id == made.id
        picture = client.qr_codes.get(request={"url": "https://go.example/x?qr=1", "size": 300, "margin": 4})
        assert picture

    await run(served, work)


async def test_the_client_reads_that_partners_are_not_served(served: str) -> None:
    """What CodeQR does not document answers 404 in the shape that the client parses."""

    def work(client: Dub) -> None:
        asked: list[Callable[[], object]] = [
            lambda: client.partners.list(request={}),
            lambda: client.commissions.list(request={}),
            lambda: client.payouts.list(request={}),
            lambda: client.bounties.list_submissions(request={"bounty_id": "b"}),
        ]
        for ask in asked:
            with pytest.raises(errors.NotFound):
                ask()

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
