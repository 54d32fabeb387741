"""CodeQR at a running Waypost: from a visit at a real edge to a lead and a sale on the link."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.contract.test_across import DESKTOP, follow
from tests.system.machine import Machine

pytestmark = pytest.mark.system


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """One Waypost."""
    started = Machine(tmp_path)
    started.start()
    yield started
    started.stop()


def test_a_visit_becomes_a_lead_and_a_sale(machine: Machine) -> None:
    """The destination gets a click id; told of it at once, the API knows which link earned the money."""
    headers = {"Authorization": f"Bearer {machine.key}"}
    with httpx.Client(
        base_url=f"{machine.control}/codeqr", headers=headers, trust_env=False, timeout=20
    ) as api:
        body = {"url": "https://shop.example/", "key": "spring", "trackConversion": True}
        made = api.post("/links", json=body).json()
        assert follow(f"{machine.edge}/spring", "https://shop.example/") == "https://shop.example/"
        visit = httpx.get(f"{machine.edge}/spring?qr=1", headers={"User-Agent": DESKTOP}, trust_env=False)
        click = parse_qs(urlsplit(visit.headers["location"]).query)["cq_id"][0]
        lead = {"clickId": click, "eventName": "Sign up", "customerExternalId": "c1"}
        told = api.post("/track/lead", json=lead)
        assert told.status_code == 200, told.text
        assert told.json()["link"]["id"] == made["id"]
        sale = {"customerExternalId": "c1", "amount": 1999, "invoiceId": "inv-1"}
        assert api.post("/track/sale", json=sale).status_code == 200
        link = api.get(f"/links/{made['id']}").json()
        assert [link[name] for name in ("leads", "sales", "saleAmount")] == [1, 1, 1999]
        events = api.get("/events", params={"event": "sales"}).json()
        assert [(event["click"]["qr"], event["sale"]["invoiceId"]) for event in events] == [(True, "inv-1")]
        assert events[0]["click"]["id"] == click
