"""What steps save about visitors: known when a customer says who came by that way, the first time that they say so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.analytics.counting import Bench
from tests.contract.linkbreakers.scan_store import StoreBus
from tests.contract.linkbreakers.test_workflow_pages import DESKTOP, Drawing
from tests.contract.linkbreakers.test_workflows import FRANCE, stored
from tests.contract.world import World
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import key_of
from tests.redirect.link_store import build_store

from waypost.control.core.link_record import link_record
from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS
from waypost.redirect.paths import EdgePaths
from waypost.redirect.spool_reader import SpoolReader
from waypost.wire.codec import decode_scan, encode

ONCE, NUMBER = "ATTRIBUTE_WRITE_MODE_SET_ONCE", "VISITOR_ATTRIBUTE_TYPE_NUMBER"
MENU_WRITES = [
    {"key": "looking_for", "value": "{{choice.label}}"},
    {"key": "campaign", "value": "{{ link.metadata.campaign }} of {{link.name}}"},
    {"key": "score", "value": "8", "type": NUMBER},
    {"key": "first_seen", "value": "{{now}}", "mode": ONCE},
    {"key": "nothing", "value": "{{link.metadata.unknown}}"},
    {"key": "$email", "value": "reserved@example.com"},
    {"key": "plan", "value": "unknown"},
]
EXIT_WRITES = [{"key": "left_for", "value": "France"}, {"key": "plan", "value": "free", "mode": ONCE}]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[EdgeHost]:
    """An edge that was not started yet."""
    edge = EdgeHost(tmp_path / "edge")
    yield edge
    edge.stop_all()


async def identified(client: httpx.AsyncClient, lbid: str, **data: Any) -> dict[str, Any]:
    """What is answered to who says who came."""
    body = {"lbid": lbid, "visitor": {"data": data}}
    answer = await client.post("/v1/visitor/identify", json=body)
    assert answer.status_code == 200, answer.text
    return {fact["key"]: fact["value"] for fact in answer.json()["visitor"]["attributes"]}


@pytest.mark.system
async def test_what_was_tapped_on_the_way_is_in_the_profile(
    client: httpx.AsyncClient, world: World, bench: Bench, host: EdgeHost
) -> None:
    """From a button at a real edge to the customer's own page and back: literal words, templates, once or anew."""
    draw = Drawing(client)
    entry, _ = await draw.begin()
    change = {"name": "Fair", "metadata": {"campaign": "Spring"}, "conversion_tracking": True}
    await client.patch(f"/v1/links/{draw.link_id}", json=change)
    buttons = {"title": "What?", "buttons": [{"id": "rent", "label": "Rent"}, {"id": "buy", "label": "Buy"}]}
    saves = {"enabled": True, "writes": MENU_WRITES}
    menu = await draw.step("multiLink", buttons, attributeCapture=saves)
    redirect = {"destination": FRANCE, "conversionTracking": True}
    saves = {"enabled": True, "writes": EXIT_WRITES}
    leave = await draw.step("clientRedirect", redirect, attributeCapture=saves)
    many = {"enabled": True, "writes": [{"key": "k", "value": "v"}] * 21}
    path = f"/v1/links/{draw.link_id}/workflow-steps/{leave}"
    refused = await client.patch(path, json={"attributeCapture": many})
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, "attribute_capture.writes")
    for button in ("rent", "buy"):
        await draw.connect(menu, button, leave)
    await draw.connect(entry, "next", menu)
    assert ("warning", "EVENT_ACTION_MULTI_LINK") not in await draw.issues()

    build_store(host.directory, {key_of("walk"): encode(link_record(await stored(world, draw.link_id)))})
    host.start_worker()
    page = host.get("/walk", headers={"User-Agent": DESKTOP}).body.decode()
    (asked,) = (part for part in page.split('href="') if part.startswith("?step=") and ">Buy<" in part)
    query, _, _ = asked.partition('"')
    taken = host.get(f"/walk{query}", headers={"User-Agent": DESKTOP})
    place, _, lbid = (taken.getheader("Location") or "").partition("?lbid=")
    assert place == FRANCE
    host.stop_all()
    reader = SpoolReader(EdgePaths(host.directory).spool(0))
    run = reader.read(500, 10**6)
    reader.close()
    assert run is not None
    scans = [decode_scan(raw) for raw in run.payloads]
    bench.count_scans(scans)
    world.control.bus = StoreBus(bench)

    known = await identified(client, lbid, plan="pro")
    seen = known.pop("first_seen")
    assert seen.startswith("20")
    assert known == {
        "looking_for": "Buy",
        "campaign": "Spring of Fair",
        "score": "8",
        "left_for": "France",
        "plan": "pro",
    }
    await identified(client, lbid, looking_for="Sell")
    assert (await identified(client, lbid))["looking_for"] == "Sell", "said later, and not overwritten"
    await world.add_key("public", "visitors:write")
    async with world.client(LINKBREAKERS, "public") as public:
        assert (await identified(public, lbid, note="x")).keys() == {"note"}
