"""Pages and passwords anywhere in a workflow, walked through at a real edge as a visitor does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.contract.linkbreakers.test_workflows import FRANCE, TARGET, stored
from tests.contract.world import World
from tests.redirect.edge_host import EdgeHost, Reply
from tests.redirect.fake_control import key_of
from tests.redirect.link_store import build_store
from tests.redirect.test_form_answers import accepted, send, token_of

from waypost.control.core.link_record import link_record
from waypost.redirect.paths import EdgePaths
from waypost.redirect.spool_reader import SpoolReader
from waypost.wire.codec import decode_scan, encode
from waypost.wire.content.form import TOKEN_FIELD
from waypost.wire.scan import Outcome

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"
)
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"
BUTTON = {"navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_BUTTON"}
_STEP = re.compile(r'href="(\?step=[0-9a-f]+)"')


class Drawing:
    """Draws the workflow of one link."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.link_id = ""
        self.named: dict[str, str] = {}
        """Steps that a test wants to find again."""

    async def begin(self) -> tuple[str, str]:
        """Make the link; its entry and its exit."""
        made = await self._client.post("/v1/links", json={"destination": TARGET, "shortlink": "walk"})
        self.link_id = made.json()["link"]["id"]
        entry, leave = (await self._client.get(self._path)).json()["workflowSteps"]
        return entry["id"], leave["id"]

    async def step(self, member: str, payload: dict[str, Any], **members: Any) -> str:
        """Draw a step."""
        answer = await self._client.post(self._path, json={"payload": {member: payload}, **members})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["workflowStep"]["id"])

    async def connect(self, step_id: str, branch: str, following: str) -> None:
        """Lead an exit to a step."""
        path = f"{self._path}/{step_id}/branches/{branch}/connection"
        answer = await self._client.put(path, json={"nextStepId": following})
        assert answer.status_code == 200, answer.text

    async def issues(self) -> list[tuple[str, str]]:
        """What will not happen as it is drawn."""
        found = (await self._client.get(f"{self._path}/validate")).json()["issues"]
        return [(issue["severity"], issue["stepType"]) for issue in found]

    @property
    def _path(self) -> str:
        return f"/v1/links/{self.link_id}/workflow-steps"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[EdgeHost]:
    """An edge that was not started yet."""
    edge = EdgeHost(tmp_path / "edge")
    yield edge
    edge.stop_all()


@pytest.mark.system
async def test_a_visitor_walks_through_pages_and_a_password(
    client: httpx.AsyncClient, world: World, host: EdgeHost
) -> None:
    """Phones are asked for the password, then shown one page after another, told apart again in between."""
    draw = Drawing(client)
    _, leave = await draw.begin()
    password = await draw.step("password", {"title": "Members", "password": "open"})
    waiting = link_record(await stored(world, draw.link_id)).options
    assert waiting is not None
    assert "" in waiting.open_ways, "a step that nobody reaches yet locks nothing"
    phones = {"id": "m", "value": "DEVICE_TYPE_CONDITION_VALUE_MOBILE", "nextStepId": password}
    await draw.step("deviceTypeCondition", {"options": [phones]}, insertBefore=leave)
    first = await draw.step("messagePage", {"title": "First page", **BUTTON})
    menu = await draw.step("multiLink", {"title": "Second page", "buttons": [{"id": "go", "label": "On"}]})
    france = await draw.step("clientRedirect", {"destination": FRANCE})
    apple = {"id": "i", "value": "DEVICE_PLATFORM_CONDITION_VALUE_IOS"}
    platform = await draw.step("devicePlatformCondition", {"options": [apple]})
    third = await draw.step("thankYouPage", {"title": "Third page"})
    await draw.connect(password, "next", first)
    await draw.connect(first, "next", menu)
    await draw.connect(menu, "go", platform)
    await draw.connect(platform, "i", third)
    await draw.connect(platform, "else", france)
    assert await draw.issues() == []

    record = link_record(await stored(world, draw.link_id))
    build_store(host.directory, {key_of("walk"): encode(record)})
    host.start_worker()

    def visit(query: str, agent: str = PHONE, cookie: str = "") -> Reply:
        return host.get(f"/walk{query}", headers={"User-Agent": agent, "Cookie": cookie})

    assert visit("", DESKTOP).getheader("Location") == TARGET
    assert b'name="password"' in visit("").body
    form = {"User-Agent": PHONE, "Content-Type": "application/x-www-form-urlencoded"}
    assert host.get("/walk", method="POST", headers=form, form="password=no").status == 401
    opened = host.get("/walk", method="POST", headers=form, form="password=open")
    assert b"First page" in opened.body
    cookie = (opened.getheader("Set-Cookie") or "").partition(";")[0]
    second = _STEP.findall(opened.body.decode())[0]
    assert b'name="password"' in visit(second).body, "the password stands before what is behind it, too"
    assert b'name="password"' in visit(second, DESKTOP).body
    menu_page = visit(second, cookie=cookie)
    assert b"Second page" in menu_page.body
    onward = _STEP.findall(menu_page.body.decode())[0]
    assert b"Third page" in visit(onward, cookie=cookie).body
    assert visit(onward, DESKTOP, cookie).getheader("Location") == FRANCE
    host.stop_all()
    reader = SpoolReader(EdgePaths(host.directory).spool(0))
    run = reader.read(500, 10**6)
    reader.close()
    assert run is not None
    outcomes = [decode_scan(raw).outcome for raw in run.payloads]
    assert outcomes.count(Outcome.PAGE) + outcomes.count(Outcome.REDIRECT) == 2, "inner steps are no visits"
    assert outcomes.count(Outcome.PAGE_CLICK) == 3


@pytest.mark.system
async def test_what_was_said_in_a_form_decides_the_way_behind_it(
    client: httpx.AsyncClient, world: World, host: EdgeHost
) -> None:
    """The visitor's own browser keeps what the condition asks for; who said nothing takes the other way. A form that
    is skipped for the known leads on at once who has filled in what must be."""
    draw = Drawing(client)
    entry, leave = await draw.begin()
    fields = [
        {"key": "Budget", "label": "Budget", "type": "FORM_FIELD_TYPE_NUMBER", "required": True},
        {
            "key": "mail",
            "label": "Mail",
            "type": "FORM_FIELD_TYPE_EMAIL",
            "validationPattern": "@example\\.com$",
        },
    ]
    form = await draw.step("form", {"formTitle": "Join", "formFields": fields, "autoSkipIfKnown": True})
    france = await draw.step("clientRedirect", {"destination": FRANCE})
    rich = {"id": "rich", "attributeKey": "Budget", "comparisonValue": "800000", "nextStepId": france}
    options = [{**rich, "operator": "NUMBER_GREATER_OR_EQUAL"}]
    condition = await draw.step("visitorDataCondition", {"options": options, "elseNextStepId": leave})
    await draw.connect(form, "next", condition)
    await draw.connect(entry, "next", form)
    assert await draw.issues() == []
    record = link_record(await stored(world, draw.link_id))
    build_store(host.directory, {key_of("walk"): encode(record)})
    host.start_worker()
    early = token_of(host.get("/walk"))
    refused = send(host, "/walk", {"budget": "9", "mail": "ada@example.org", TOKEN_FIELD: early})
    assert (refused.status, b"as it is asked for" in refused.body) == (422, True)
    done = accepted(host, "/walk", {"budget": "900000", "mail": "ada@example.com"})
    assert done.status == 200
    cookie, _, rest = (done.getheader("Set-Cookie") or "").partition(";")
    assert "Path=/walk" in rest
    onward = _STEP.findall(done.body.decode())[0]
    assert host.get(f"/walk{onward}", headers={"Cookie": cookie}).getheader("Location") == FRANCE
    assert host.get(f"/walk{onward}").getheader("Location") == TARGET
    assert host.get("/walk", headers={"Cookie": cookie}).getheader("Location") == FRANCE
    private = send(host, "/walk", {"budget": "900000", TOKEN_FIELD: early}, {"DNT": "1"})
    assert private.status == 200
    assert private.getheader("Set-Cookie") is None


@pytest.mark.parametrize(
    ("pattern", "is_followed"), [(r"^\d{5}$", True), (r"^(?=.*\d)\w+$", False), ("(", False)]
)
async def test_a_pattern_that_cannot_be_followed_is_told(
    client: httpx.AsyncClient, world: World, pattern: str, is_followed: bool
) -> None:
    """It comes back as it was drawn, and answers are taken as without it."""
    draw = Drawing(client)
    entry, leave = await draw.begin()
    field = {"key": "code", "type": "FORM_FIELD_TYPE_TEXT", "validationPattern": pattern}
    form = await draw.step("form", {"formFields": [field]})
    await draw.connect(form, "next", leave)
    await draw.connect(entry, "next", form)
    told = ("warning", "EVENT_ACTION_FORM_SUBMIT") in await draw.issues()
    content = (await stored(world, draw.link_id)).content or {}
    assert (told, content["fields"][0].get("pattern", "")) == (not is_followed, pattern * is_followed)
    path = f"/v1/links/{draw.link_id}/workflow-steps/{form}"
    drawn = (await client.get(path)).json()["workflowStep"]["payload"]["form"]["formFields"][0]
    assert drawn["validationPattern"] == pattern


async def test_a_password_before_the_default_leaves_the_other_ways_open(
    client: httpx.AsyncClient, world: World
) -> None:
    """What is drawn before the password stays without; the preview does not tell what is behind it."""
    draw = Drawing(client)
    _, leave = await draw.begin()
    password = await draw.step("password", {"password": "open"}, insertBefore=leave)
    france = await draw.step("clientRedirect", {"destination": FRANCE})
    country = {"countryCode": "FR", "nextStepId": france}
    await draw.step("countryCondition", {"countries": [country]}, insertBefore=password)
    link = await stored(world, draw.link_id)
    assert [rule.password for rule in link.rules] == [False]
    options = link_record(link).options
    assert options is not None
    assert options.open_ways == (link.rules[0].id,)
    assert (link.target_url, options.password[:7]) == (TARGET, "$argon2")
    moved = await client.patch(f"/v1/links/{draw.link_id}", json={"destination": FRANCE})
    assert moved.json()["link"]["destination"] == FRANCE
    assert (await stored(world, draw.link_id)).target_url == FRANCE


async def test_what_the_edge_does_otherwise_is_said(client: httpx.AsyncClient) -> None:
    """A link has one password, whichever step asks for it."""
    draw = Drawing(client)
    _, leave = await draw.begin()
    first = await draw.step("password", {"password": "one"}, insertBefore=leave)
    await draw.step("password", {"password": "two"}, insertBefore=leave)
    assert await draw.issues() == [("warning", "EVENT_ACTION_PASSWORD_VERIFY")]
    assert first
