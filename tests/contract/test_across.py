"""One link, five vendors: made through one API, it is read, changed, followed and deleted through every other.

What the other vendor has no word for must survive its change: its clients do not even know that it is there.
"""

import time
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import httpx
import pytest
from msgspec import Struct
from tests.system.machine import Machine

pytestmark = pytest.mark.system

DEADLINE_S = 30.0
LATER = "2099-01-01T00:00:00Z"
UNTOLD = {"tagNames"}
"""Members that answers call by another name (`tags`)."""
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0.0.0 Safari/537.36"
Json = dict[str, Any]


class Vendor(Struct, frozen=True, kw_only=True):
    """How one vendor's client says what the test does. Paths are below the API's prefix."""

    name: str
    create: tuple[str, str]
    """The path, and the member of the body that is the destination."""
    rich: Json
    """Members of a new link besides the destination, as many of the vendor's own as can be told back."""
    one: str
    """The path of a link, with `{id}`."""
    link_in: Callable[[Json], Json]
    """The link inside an answer."""
    id_in: Callable[[Json], str]
    """The link's UUID, or what stands for it in paths of every API."""
    shown: str
    """The member of an answer that is the destination."""
    moving: tuple[str, ...]
    """Members of an answer that change by themselves."""


VENDORS = {
    vendor.name: vendor
    for vendor in (
        Vendor(
            name="linkbreakers",
            create=("/v1/links", "destination"),
            rich={
                "name": "Spring",
                "fallback_destination": "https://example.com/fallback",
                "metadata": {"batch": "7"},
                "tags": ["poster"],
                "lead_goal_definition": "sign-up",
                "lead_target_definition": "shops",
                "purpose": "print",
                "expires_at": LATER,
                "expired_destination": "https://example.com/over",
                "conversion_tracking": True,
            },
            one="/v1/links/{id}",
            link_in=lambda answer: answer["link"],
            id_in=lambda link: link["id"],
            shown="destination",
            moving=(
                "updated_at",
                "updatedAt",
                "event_count",
                "eventCount",
                "qrcode_signed_url",
                "qrcodeSignedUrl",
            ),
        ),
        Vendor(
            name="trimlink",
            create=("/api/v1/shorten", "url"),
            rich={"title": "Spring", "description": "On paper", "expiresAt": LATER},
            one="/api/v1/links/{id}",
            link_in=lambda answer: answer["data"],
            id_in=lambda link: link["id"],
            shown="destinationUrl",
            moving=("clicks", "lastClicked"),
        ),
        Vendor(
            name="codeqr",
            create=("/links", "url"),
            rich={
                "title": "Spring",
                "description": "On paper",
                "comments": "printed twice",
                "tagNames": ["poster", "spring"],
                "tenantId": "tenant-7",
                "ios": "https://example.com/ios",
                "android": "https://example.com/android",
                "geo": {"BR": "https://example.com/br"},
                "utm_source": "paper",
                "proxy": True,
                "image": "https://example.com/card.png",
                "doIndex": True,
                "publicStats": True,
                "trackConversion": True,
                "expiresAt": LATER,
                "expiredUrl": "https://example.com/over",
                "flexible": True,
                "pageId": "page-7",
            },
            one="/links/{id}",
            link_in=lambda answer: answer,
            id_in=lambda link: link["id"],
            shown="url",
            moving=("updatedAt", "clicks", "lastClicked"),
        ),
        Vendor(
            name="qrsbd",
            create=("/api/v1/links", "target_url"),
            rich={
                "title": "Spring",
                "expires_at": LATER,
                "smart_rules": [
                    {
                        "type": "geo",
                        "condition": "in",
                        "values": ["BD"],
                        "target_url": "https://example.com/bd",
                    },
                    {
                        "type": "os",
                        "condition": "is",
                        "values": ["iOS"],
                        "target_url": "https://example.com/ios",
                    },
                ],
            },
            one="/api/v1/links/{id}",
            link_in=lambda answer: answer["data"],
            id_in=lambda link: link["id"],
            shown="target_url",
            moving=("updated_at",),
        ),
        Vendor(
            name="xqr",
            create=("/api/v1/links", "url"),
            rich={
                "labels": ["poster"],
                "expires_at": LATER,
                "routing_rules": [
                    {
                        "destination": "https://example.com/night",
                        "priority": 3,
                        "conditions": {"countries": ["BD"], "hours": {"start": 22, "end": 6}},
                    },
                    {
                        "destination": "https://example.com/phone",
                        "priority": 5,
                        "conditions": {"device_types": ["mobile"]},
                    },
                ],
            },
            one="/api/v1/links/{id}",
            link_in=lambda answer: answer["data"],
            id_in=lambda link: link["id"],
            shown="destination",
            moving=("updated_at", "scan_count", "last_scan_at"),
        ),
    )
}


class Hand:
    """One vendor's client at a running Waypost."""

    def __init__(self, vendor: Vendor, machine: Machine) -> None:
        self.vendor = vendor
        self._client = httpx.Client(
            base_url=f"{machine.control}/{vendor.name}",
            headers={"Authorization": f"Bearer {machine.key}"},
            trust_env=False,
            timeout=20,
        )

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()

    def make(self, url: str) -> Json:
        """Make a link with everything that this vendor can say."""
        path, member = self.vendor.create
        answer = self._client.post(path, json={member: url, **self.vendor.rich})
        assert answer.status_code in (200, 201), answer.text
        return self.vendor.link_in(answer.json())

    def ask(self, method: str, path: str) -> Json:
        """Any other answer."""
        answer = self._client.request(method, path)
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found

    def read(self, link_id: str) -> Json:
        """The link as this vendor shows it."""
        answer = self._client.get(self.vendor.one.format(id=link_id))
        assert answer.status_code == 200, answer.text
        return self.vendor.link_in(answer.json())

    def lead(self, link_id: str, url: str) -> None:
        """Change nothing but the destination."""
        _, member = self.vendor.create
        answer = self._client.patch(self.vendor.one.format(id=link_id), json={member: url})
        assert answer.status_code == 200, answer.text

    def delete(self, link_id: str) -> None:
        """Delete the link."""
        answer = self._client.delete(self.vendor.one.format(id=link_id))
        assert answer.status_code in (200, 204), answer.text

    def status(self, link_id: str) -> int:
        """What reading it answers."""
        return self._client.get(self.vendor.one.format(id=link_id)).status_code

    def told(self, link: Json) -> Json:
        """What must not change when somebody else leads the link elsewhere."""
        left_out = {self.vendor.shown, *self.vendor.moving}
        return {name: value for name, value in link.items() if name not in left_out}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One Waypost for all pairs."""
    started = Machine(tmp_path_factory.mktemp("across"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def hands(machine: Machine) -> Iterator[dict[str, Hand]]:
    """A client of each vendor."""
    opened = {name: Hand(vendor, machine) for name, vendor in VENDORS.items()}
    yield opened
    for hand in opened.values():
        hand.close()


@pytest.mark.parametrize(("maker", "other"), list(permutations(VENDORS, 2)))
def test_a_link_of_one_vendor_is_in_the_hands_of_every_other(
    machine: Machine, hands: dict[str, Hand], maker: str, other: str
) -> None:
    """Who moves over keeps old scripts beside new ones; both see and change the same links."""
    mine, theirs = hands[maker], hands[other]
    first, second = (f"https://example.com/{maker}-{other}-{n}" for n in (1, 2))
    made = mine.make(first)
    link_id = native_id(hands, mine.vendor.id_in(made))
    assert set(mine.vendor.rich) - UNTOLD <= set(made), "what is not told back cannot be seen to survive"
    seen = theirs.read(link_id)
    assert plain(seen[theirs.vendor.shown]) == first
    short_url = f"{machine.edge}/{hands['xqr'].read(link_id)['short_code']}"
    assert follow(short_url, first) == first

    theirs.lead(link_id, second)
    after = mine.read(link_id)
    assert plain(after[mine.vendor.shown]) == second
    assert mine.told(after) == mine.told(made)
    assert follow(short_url, second) == second

    theirs.delete(link_id)
    assert mine.status(link_id) == 404
    assert follow(short_url, "") == ""


def test_visits_are_told_by_every_vendor_in_its_own_words(machine: Machine, hands: dict[str, Hand]) -> None:
    """TrimLink counts scans of the code alone beside all clicks; the others count every visit by a person."""
    made = hands["trimlink"].make("https://example.com/counted")
    link_id, short_url = made["id"], made["shortUrl"]
    qr = f"/api/v1/links/{link_id}/qr"
    assert hands["trimlink"].ask("POST", qr)["data"]["scanCount"] == 0
    assert follow(short_url, "https://example.com/counted") == "https://example.com/counted"
    assert follow(f"{short_url}?qr=1", "https://example.com/counted") == "https://example.com/counted"

    def counted() -> tuple[int, ...]:
        return (
            hands["trimlink"].ask("GET", qr)["data"]["scanCount"],
            hands["trimlink"].read(link_id)["clicks"],
            hands["codeqr"].read(link_id)["clicks"],
            hands["linkbreakers"].read(link_id)["event_count"],
            hands["xqr"].read(link_id)["scan_count"],
        )

    deadline = time.monotonic() + DEADLINE_S
    while (found := counted()) != (1, 2, 2, 2, 2) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found == (1, 2, 2, 2, 2)
    assert hands["codeqr"].read(link_id)["lastClicked"] == hands["trimlink"].read(link_id)[
        "lastClicked"
    ].replace("000Z", "Z")


def native_id(hands: dict[str, Hand], link_id: str) -> str:
    """The UUID behind an id of any vendor: CodeQR's has a spelling of its own, and takes both."""
    if not link_id.startswith("link_"):
        return link_id
    slug = hands["codeqr"].read(link_id)["key"]
    listed = hands["xqr"].ask("GET", "/api/v1/links?limit=200")["data"]
    return str(next(link["id"] for link in listed if link["short_code"] == slug))


def plain(url: str) -> str:
    """A destination without what CodeQR's UTM members and click ids add."""
    return url.partition("?")[0]


def follow(short_url: str, wanted: str) -> str:
    """Where the edge leads, once it leads where it should; "" when it knows no link."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        answer = httpx.get(short_url, headers={"User-Agent": DESKTOP}, trust_env=False, timeout=10)
        leads = plain(answer.headers.get("location", ""))
        assert answer.status_code in (302, 404), answer.text
        if leads == wanted or time.monotonic() > deadline:
            return leads
        time.sleep(0.02)
