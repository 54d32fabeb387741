"""Tags, folders, domains and webhooks, by hand and through the relative's own client."""

from typing import Any

import httpx
import pytest
from dub import Dub
from dub.models import errors
from tests.contract.codeqr.test_dub_client import run
from tests.contract.codeqr.test_links import make


async def test_the_client_keeps_tags_folders_and_domains(served: str) -> None:
    """It accepts 201 alone for what is made, and eight colours."""

    def work(client: Dub) -> None:
        wanted: Any = {"name": "news", "color": "purple"}
        tag = client.tags.create(request=wanted)
        assert tag is not None
        assert (tag.name, tag.color.value) == ("news", "purple")
        changed = client.tags.update(id=tag.id, request_body=wanted | {"name": "later", "color": "red"})
        assert (changed.id, changed.name, changed.color.value) == (tag.id, "later", "red")
        assert [each.name for each in client.tags.list(request={"search": "LAT"})] == ["later"]
        assert client.tags.delete(id=tag.id).id == tag.id
        domain = client.domains.create(request={"slug": "go.shop.example", "expired_url": "https://e.org/"})
        assert domain is not None
        assert (domain.slug, domain.verified, domain.expired_url) == (
            "go.shop.example",
            False,
            "https://e.org/",
        )
        again = client.domains.update(slug="go.shop.example", request_body={"archived": True})
        assert again.archived
        listed = client.domains.list(request={"archived": True})
        assert listed is not None
        assert [each.slug for each in listed.result] == ["go.shop.example"]
        assert client.domains.delete(slug="go.shop.example").slug == "go.shop.example"

    await run(served, work)


async def test_what_the_vendor_keeps_of_domains_and_folders_is_kept(client: httpx.AsyncClient) -> None:
    """Members without a meaning here come back as they were sent; null takes one away, absent leaves it."""
    sent = {"placeholder": "https://shop.example/sale", "logo": "https://shop.example/logo.png"}
    made = (await client.post("/domains", json={"slug": "go.shop.example", **sent})).json()
    assert made == {**made, **sent}
    changed = (await client.patch("/domains/go.shop.example", json={"logo": None})).json()
    assert (changed["placeholder"], changed["logo"]) == (sent["placeholder"], None)
    folder = (
        await client.post("/folders", json={"name": "a", "description": "b", "accessLevel": "read"})
    ).json()
    renamed = (await client.patch(f"/folders/{folder['id']}", json={"name": "c"})).json()
    assert [renamed[name] for name in ("name", "description", "accessLevel")] == ["c", "b", "read"]
    cleared = (await client.patch(f"/folders/{folder['id']}", json={"description": None})).json()
    assert [cleared[name] for name in ("name", "description", "accessLevel")] == ["c", None, "read"]
    assert (await client.post("/folders", json={"name": "d"})).json()["accessLevel"] == "write"


async def test_no_domains_are_sold_here(served: str) -> None:
    """The relative's client asks for prices and orders; it must read a refusal, not a missing page."""

    def work(client: Dub) -> None:
        with pytest.raises(errors.Forbidden):
            client.domains.check_status(request={"domains": ["example.link"]})
        with pytest.raises(errors.Forbidden):
            client.domains.register(request={"domain": "example.link"})

    await run(served, work)


async def test_a_tag_made_twice_is_a_conflict(client: httpx.AsyncClient) -> None:
    """In any case of its letters; the older word for the name works too."""
    first = await client.post("/tags", json={"tag": "News"})
    again = await client.post("/tags", json={"name": "NEWS"})
    assert (first.status_code, sorted(first.json())) == (201, ["color", "id", "name"])
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    assert (await client.post("/tags", json={"name": "x", "color": "mauve"})).status_code == 422


async def test_links_live_in_folders_and_on_own_domains(client: httpx.AsyncClient) -> None:
    """Both are named as the vendor names them."""
    folder = await client.post("/folders", json={"name": "Spring"})
    await client.post("/domains", json={"slug": "go.shop.example"})
    assert folder.status_code == 201
    made = await make(client, folderId=folder.json()["id"], domain="go.shop.example", key="x")
    assert (made["folderId"], made["shortLink"]) == (folder.json()["id"], "https://go.shop.example/x")
    found = await client.get("/links", params={"folderId": made["folderId"], "domain": "go.shop.example"})
    assert found.json() == [made]
    counted = await client.get("/links/count?groupBy=folderId")
    assert counted.json() == [{"folderId": made["folderId"], "_count": 1}]
    assert (await client.delete(f"/folders/{made['folderId']}")).json() == {"id": made["folderId"]}
    assert (await client.get(f"/links/{made['id']}")).json()["folderId"] is None


async def test_webhooks_are_made_with_triggers_and_named_by_links(client: httpx.AsyncClient) -> None:
    """A link names those that hear of it; the secret is shown once."""
    made = await client.post(
        "/webhooks",
        json={"name": "n", "url": "https://hooks.example/x", "triggers": ["link.clicked", "sale.created"]},
    )
    assert made.status_code == 201, made.text
    hook = made.json()
    assert (hook["triggers"], bool(hook["secret"])) == (["link.clicked", "sale.created"], True)
    link = await make(client, webhookIds=[hook["id"]])
    assert link["webhookIds"] == [hook["id"]]
    changed = await client.patch(f"/webhooks/{hook['id']}", json={"linkIds": [link["id"]], "disabled": True})
    assert (changed.json()["linkIds"], "secret" in changed.json()) == ([link["id"]], False)
    assert changed.json()["disabledAt"] is not None
    assert [each["id"] for each in (await client.get("/webhooks")).json()] == [hook["id"]]
    assert (await client.delete(f"/webhooks/{hook['id']}")).json() == {"id": hook["id"]}
    bad = await client.post("/webhooks", json={"url": "https://hooks.example/x", "triggers": ["nothing"]})
    assert (bad.status_code, bad.json()["error"]["message"].partition(":")[0]) == (422, "triggers")
