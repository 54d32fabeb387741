"""Folders and domains of TrimLink's second tier."""

import httpx
from tests.contract.trimlink.test_qr import shorten


async def test_links_are_moved_between_folders(client: httpx.AsyncClient) -> None:
    """C262: a folder is made, filled, renamed, emptied and removed; its links stay."""
    made = await client.post("/api/v1/folders", json={"name": "Spring"})
    assert (made.status_code, sorted(made.json())) == (201, ["folder", "success"])
    folder = made.json()["folder"]
    link = await shorten(client)
    moved = await client.post(f"/api/v1/links/{link['id']}/move", json={"folderId": folder["id"]})
    assert moved.json()["data"]["folderId"] == folder["id"]
    listed = await client.get("/api/v1/links", params={"folderId": folder["id"]})
    assert [each["id"] for each in listed.json()["data"]] == [link["id"]]
    renamed = await client.patch(f"/api/v1/folders/{folder['id']}", json={"name": "Summer"})
    assert renamed.json()["folder"]["name"] == "Summer"
    assert [each["name"] for each in (await client.get("/api/v1/folders")).json()["folders"]] == ["Summer"]
    out = await client.post(f"/api/v1/links/{link['id']}/move", json={"folderId": None})
    assert out.json()["data"]["folderId"] is None
    gone = await client.delete(f"/api/v1/folders/{folder['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await client.get(f"/api/v1/links/{link['id']}")).status_code == 200
    unsaid = await client.post(f"/api/v1/links/{link['id']}/move", json={})
    assert (unsaid.status_code, unsaid.json()["error"]["details"]["field"]) == (400, "folderId")


async def test_a_domain_tells_the_records_that_prove_it(client: httpx.AsyncClient) -> None:
    """One CNAME and one TXT; whoever sets them is verified without asking again."""
    made = await client.post("/api/v1/domains", json={"domain": "Go.Shop.Example"})
    assert made.status_code == 201, made.text
    domain = made.json()["data"]
    assert (domain["domain"], domain["status"], domain["verified"]) == ("go.shop.example", "pending", False)
    assert [record["type"] for record in domain["records"]] == ["CNAME", "TXT"]
    one = f"/api/v1/domains/{domain['id']}"
    assert (await client.get(one)).json()["data"] == domain
    assert (await client.post(f"{one}/verify")).json()["data"] == domain
    assert (await client.get("/api/v1/domains")).json()["data"] == [domain]
    taken = await client.post("/api/v1/domains", json={"domain": "go.shop.example"})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "CONFLICT")
    assert (await client.delete(one)).status_code == 204
    assert (await client.get(one)).json()["error"]["code"] == "NOT_FOUND"
