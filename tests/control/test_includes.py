"""`include`: what a resource refers to comes along, however many there are, for those who may read it."""

from typing import Any

import httpx
from sqlalchemy.event import listen, remove
from tests.control.conftest import ApiClient
from tests.control.test_form_submissions import answer_to, form_link
from tests.control.test_links import make

from waypost.control.jobs.form_intake import FormIntake
from waypost.control.store.database import Database
from waypost.wire.codec import encode


async def included(client: httpx.AsyncClient, path: str, name: str) -> list[Any]:
    """What comes along with each resource of a list, newest first; reading one by itself says the same."""
    data = (await client.get(path, params={"include": name})).json()["data"]
    if path != "/v1/reports":
        one = (await client.get(f"{path}/{data[0]['id']}", params={"include": name})).json()
        assert one == data[0]
        assert "included" not in (await client.get(f"{path}/{data[0]['id']}")).json()
    assert all(each["included"].keys() == {name} for each in data)
    return [each["included"][name] for each in data]


async def test_folder_comes_with_the_folder_it_lies_in(client: httpx.AsyncClient) -> None:
    """A tree is drawn from one list."""
    year = (await client.post("/v1/folders", json={"name": "2027"})).json()
    await client.post("/v1/folders", json={"name": "spring", "parent_id": year["id"]})
    assert await included(client, "/v1/folders", "parent") == [year, None]


async def test_key_and_page_come_with_their_domain(client: httpx.AsyncClient) -> None:
    """A list says `go.b.example` and not an id."""
    domain = (await client.post("/v1/domains", json={"host": "go.b.example"})).json()
    key = {"name": "CI", "scopes": ["links:read"], "domain_id": domain["id"]}
    await client.post("/v1/keys", json=key)
    assert await included(client, "/v1/keys", "domain") == [domain, None]
    await client.post("/v1/bio-pages", json={"title": "Ines"})
    await client.post("/v1/bio-pages", json={"title": "Ines", "domain_id": domain["id"]})
    assert await included(client, "/v1/bio-pages", "domain") == [domain, None]


async def test_answer_and_report_come_with_their_link(
    client: httpx.AsyncClient, api_client: ApiClient, database: Database
) -> None:
    """Whoever reads a lead wants to know where it came from; a link that is gone is null."""
    link, gone = await form_link(client, "tasting"), await form_link(client, "gone")
    intake = FormIntake(database, broker=None)  # type: ignore[arg-type]  # only `serve` uses it
    for number, each in enumerate((link, gone)):
        await intake.take(encode(answer_to(each, number)))
    stranger = await api_client(text="")
    for each in (link, gone):
        body = {"short_url": each["short_url"], "reason": "It asks for my card."}
        assert (await stranger.post("/v1/reports", json=body)).status_code == 201
    await client.delete(f"/v1/links/{gone['id']}")
    for path in ("/v1/form-submissions", "/v1/reports"):
        assert await included(client, path, "link") == [None, link]


async def test_include_gives_no_right(api_client: ApiClient) -> None:
    """What a key may not read by itself it may not read beside something else."""
    for path, name, scope, allowed in (
        ("/v1/folders", "parent", "tags:read", True),
        ("/v1/keys", "domain", "keys:read", False),
        ("/v1/bio-pages", "domain", "bio:read", False),
        ("/v1/form-submissions", "link", "visitors:read", False),
    ):
        client = await api_client(scope)
        answer = await client.get(path, params={"include": name})
        code = (200, None) if allowed else (403, "scope_missing")
        assert (answer.status_code, answer.json().get("code")) == code
        unknown = await client.get(path, params={"include": "secrets"})
        assert (unknown.status_code, unknown.json()["field"]) == (422, "include")


async def test_link_out_of_a_keys_reach_does_not_come_along(
    client: httpx.AsyncClient, api_client: ApiClient
) -> None:
    """A key for its own links sees that somebody else's was reported, and not the link."""
    link = await make(client, slug="mine")
    body = {"short_url": link["short_url"], "reason": "It asks for my card."}
    await (await api_client(text="")).post("/v1/reports", json=body)
    key = {"name": "own", "scopes": ["links:read"], "own_links_only": True}
    limited = await api_client(text=(await client.post("/v1/keys", json=key)).json()["text"])
    assert await included(limited, "/v1/reports", "link") == [None]


async def test_many_take_as_many_queries_as_one(client: httpx.AsyncClient, database: Database) -> None:
    """Fifty folders with their parents are not fifty questions."""
    ran: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        ran.append(statement)

    year = (await client.post("/v1/folders", json={"name": "2027"})).json()["id"]
    costs = []
    for number in range(3):
        other = (await client.post("/v1/folders", json={"name": f"{number}", "parent_id": year})).json()["id"]
        await client.post("/v1/folders", json={"name": f"in {number}", "parent_id": other})
        ran.clear()
        listen(database.reader.sync_engine, "before_cursor_execute", count)
        await client.get("/v1/folders", params={"include": "parent"})
        remove(database.reader.sync_engine, "before_cursor_execute", count)
        costs.append(len(ran))
    assert len(set(costs)) == 1
