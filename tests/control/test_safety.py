"""Block lists, reports and takedown: harmful links stop, here and at the edges."""

from pathlib import Path

import httpx
from tests.control.conftest import ApiClient
from tests.control.test_links import make, record_of

from waypost.control.core.safety import read_block_list
from waypost.control.jobs.block_list import BlockList
from waypost.control.model.access import Actor
from waypost.control.store.database import Database
from waypost.control.surface.control import Control
from waypost.wire.link import LinkState


def test_block_list_is_read_in_the_usual_forms() -> None:
    """Published lists are plain hosts or hosts files."""
    text = "# list\nEvil.example\n0.0.0.0 bad.example # why\n*.wild.example\n\n"
    assert read_block_list(text) == {"evil.example", "bad.example", "wild.example"}


async def test_changed_block_list_stops_new_and_old_links(
    client: httpx.AsyncClient, database: Database, tmp_path: Path
) -> None:
    """A host that turns bad is stopped where it is already linked to, rules and pages included."""
    file = tmp_path / "list.txt"
    file.write_text("")
    watch = BlockList(database, file, judge_links=True)
    await watch.look()
    rule = {"then": {"kind": "url", "url": "https://www.evil.example/r"}}
    await make(client, slug="a", target_url="https://evil.example/")
    await make(client, slug="b", rules=[rule])
    await make(client, slug="c")
    page = {"title": "Ines", "links": [{"title": "Shop", "url": "https://shop.evil.example/"}]}
    await make(client, slug="d", template_type="bio", content=page)
    await make(client, slug="e", preview={"image": "https://img.evil.example/x.png"})
    file.write_text("evil.example\n")
    await watch.look()
    states = {slug: (await record_of(database, slug)).state for slug in "abcde"}
    assert states == {slug: LinkState.ACTIVE if slug == "c" else LinkState.BLOCKED for slug in "abcde"}
    refused = await client.post("/v1/links", json={"target_url": "https://evil.example/x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_url")


async def test_anybody_reports_and_the_owner_takes_down(
    client: httpx.AsyncClient, api_client: ApiClient, database: Database
) -> None:
    """A victim needs no key, and a blocked link cannot be switched on again by its author."""
    link = await make(client, slug="a")
    anybody = await api_client(text="")
    body = {"short_url": "https://go.example/A?x=1", "reason": "phishing"}
    report = await anybody.post("/v1/reports", json=body)
    assert report.status_code == 201, report.text
    unknown = await anybody.post("/v1/reports", json={**body, "short_url": "https://go.example/zzz"})
    assert unknown.status_code == 404
    listed = (await client.get("/v1/reports")).json()["data"]
    assert [(each["link_id"], each["state"]) for each in listed] == [(link["id"], "open")]
    closed = await client.post(f"/v1/reports/{report.json()['id']}/close", json={"take_down": True})
    assert closed.json()["state"] == "taken_down"
    assert (await record_of(database, "a")).state == LinkState.BLOCKED
    again = await client.patch(f"/v1/links/{link['id']}", json={"active": True})
    assert again.json()["state"] == "blocked"
    assert (await client.post(f"/v1/links/{link['id']}/unblock")).status_code == 204
    assert (await record_of(database, "a")).state == LinkState.ACTIVE


async def test_form_takes_a_report_and_shows_what_is_wrong_with_it(
    client: httpx.AsyncClient, api_client: ApiClient
) -> None:
    """A victim has a browser and no JSON; what they wrote must not be lost, nor run as script."""
    link = await make(client, slug="a")
    person = await api_client(text="")
    page = await person.get("/report", params={"url": "https://go.example/a"})
    assert page.headers["content-type"].startswith("text/html")
    assert 'value="https://go.example/a"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    written = {
        "short_url": "https://go.example/none",
        "reason": "<script>alert(1)</script>",
        "contact": "a@b.example",
    }
    wrong = await person.post("/report", data=written)
    assert wrong.status_code == 404
    assert "There is no such link." in wrong.text
    assert "<script" not in wrong.text
    assert "&lt;script&gt;" in wrong.text
    assert 'value="a@b.example"' in wrong.text
    empty = await person.post("/report", data={"short_url": "https://go.example/a", "reason": " "})
    assert empty.status_code == 422
    assert 'aria-invalid="true"' in empty.text
    taken = await person.post("/report", data={**written, "short_url": "https://go.example/a"})
    assert taken.status_code == 201, taken.text
    (report,) = (await client.get("/v1/reports")).json()["data"]
    assert report["id"] in taken.text
    assert (report["link_id"], report["contact"]) == (link["id"], "a@b.example")
    answers = [await person.post("/report", data=written) for _ in range(10)]
    assert answers[-1].status_code == 429
    assert "try again" in answers[-1].text
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_operator_decides_about_reports_of_every_workspace(
    client: httpx.AsyncClient, api_client: ApiClient, stranger: Actor, database: Database
) -> None:
    """Who spreads harm does not take their own links down; and nobody else sees who reported them."""
    abuser = await api_client("*", actor=stranger)
    await make(abuser, slug="harm")
    body = {"short_url": "https://go.example/harm", "reason": "phishing"}
    report = (await (await api_client(text="")).post("/v1/reports", json=body)).json()
    assert (await client.get("/v1/reports")).json()["data"] == []
    seen = (await client.get("/v1/reports", params={"everywhere": True, "limit": 1})).json()
    assert [each["id"] for each in seen["data"]] == [report["id"]]
    refused = await abuser.get("/v1/reports", params={"everywhere": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "out_of_reach")
    closed = await client.post(f"/v1/reports/{report['id']}/close", json={"take_down": True})
    assert closed.json()["state"] == "taken_down"
    assert (await record_of(database, "harm")).state == LinkState.BLOCKED
    own = await make(client, slug="mine")
    mine = {"short_url": own["short_url"], "reason": "spam"}
    other = (await (await api_client(text="")).post("/v1/reports", json=mine)).json()
    hidden = await abuser.post(f"/v1/reports/{other['id']}/close", json={"take_down": True})
    assert (hidden.status_code, hidden.json()["code"]) == (404, "report_not_found")


async def test_public_operations_are_limited_by_address(api_client: ApiClient, control: Control) -> None:
    """A form without a key must not be a way to fill the database."""
    anybody = await api_client(text="")
    body = {"short_url": "https://go.example/none", "reason": "x"}
    statuses = {(await anybody.post("/v1/reports", json=body)).status_code for _ in range(60)}
    assert statuses == {404, 429}
