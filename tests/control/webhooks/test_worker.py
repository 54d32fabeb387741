"""Events reach receivers: the whole way, with real calls and the machine's own clock."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from standardwebhooks.webhooks import WebhookVerificationError
from tests.control.webhooks.conftest import PEPPERS, MakeEndpoint, MakeLink
from tests.control.webhooks.receiver import Answer, Received, Receiver, answering, hang

from waypost.control.core import webhook_log, webhooks
from waypost.control.jobs.webhooks import run_webhooks
from waypost.control.model.access import Actor
from waypost.control.model.page import PageRequest
from waypost.control.model.webhooks.delivery import DeliveryFilter
from waypost.control.store.database import Database
from waypost.control.store.tx import clock_ms

_NOT_LISTENING = "http://127.0.0.1:9/"


@pytest.fixture
def clock() -> object:
    """The machine's own time: signatures carry it, and receivers compare it with theirs."""
    return clock_ms


@pytest.fixture
async def worker(database: Database) -> AsyncIterator[asyncio.Task[None]]:
    """Webhooks being delivered."""
    task = asyncio.create_task(run_webhooks(database, PEPPERS))
    yield task
    assert not task.done(), "the worker must outlive every test"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _settled(database: Database, actor: Actor, endpoint_id: str) -> list[webhook_log.DeliveryView]:
    """The deliveries of an endpoint once each was tried."""
    async with asyncio.timeout(20):
        while True:
            async with database.read() as tx:
                page = await webhook_log.list_deliveries(
                    tx, actor, endpoint_id, DeliveryFilter(), PageRequest(limit=200)
                )
            if page.items and all(view.delivery.attempts for view in page.items):
                return list(page.items)
            await asyncio.sleep(0.02)


async def test_a_change_arrives_signed_and_is_logged(
    worker: object, database: Database, actor: Actor, receiver: Receiver,
    make_endpoint: MakeEndpoint, make_link: MakeLink,
) -> None:  # fmt: skip
    """The promise of webhooks, from the change to the log."""
    minted = await make_endpoint(f"{receiver.url}/hook?a=1")
    link = await make_link(title="Spring")
    (received,) = await receiver.wait_for(1)
    received.verify(minted.secret)
    assert received.path == "/hook?a=1"
    assert received.headers["content-type"] == "application/json"
    assert received.json["type"] == "link.created"
    assert received.json["workspace_id"] == actor.workspace_id
    assert received.json["data"]["link"]["id"] == link.link.id
    assert received.json["id"] == received.headers["webhook-id"]
    (view,) = await _settled(database, actor, minted.endpoint.id)
    assert (view.delivery.state, view.delivery.last_status) == ("delivered", 204)
    assert view.body == received.body


@pytest.mark.parametrize(
    ("kind", "name_member", "signature"),
    [
        ("linkbreakers", "event_type", "x-linkbreakers-signature"),
        ("codeqr", "event", "codeqr-signature"),
        ("xqr", "event", "x-xqr-signature"),
    ],
)
async def test_each_dialect_gets_its_own_body_and_header(
    kind: str, name_member: str, signature: str, worker: object, receiver: Receiver,
    make_endpoint: MakeEndpoint, make_link: MakeLink,
) -> None:  # fmt: skip
    """A receiver that was written for a vendor must not notice the move."""
    minted = await make_endpoint(receiver.url, format=kind)
    await make_link()
    (received,) = await receiver.wait_for(1)
    assert received.json[name_member] == "link.created"
    assert signature in received.headers
    received.verify(minted.secret)


async def test_a_failed_attempt_keeps_its_reason_and_waits(
    worker: object, database: Database, actor: Actor, receiver: Receiver,
    make_endpoint: MakeEndpoint, make_link: MakeLink,
) -> None:  # fmt: skip
    """The owner must be able to see why nothing arrives, and the next try must be planned."""
    receiver.paths = {
        "/broken": answering(503, {"retry-after": "3600"}, b"no " * 4000),
        "/moved": answering(302, {"location": f"{receiver.url}/elsewhere"}),
    }
    broken = await make_endpoint(f"{receiver.url}/broken")
    moved = await make_endpoint(f"{receiver.url}/moved")
    absent = await make_endpoint(_NOT_LISTENING)
    await make_link()
    (view,) = await _settled(database, actor, broken.endpoint.id)
    assert (view.delivery.state, view.delivery.last_status) == ("pending", 503)
    assert len(view.response_head) == 1024
    assert view.delivery.next_ms - view.delivery.created_ms >= 3_600_000
    (view,) = await _settled(database, actor, moved.endpoint.id)
    assert (view.delivery.state, view.delivery.last_status) == ("pending", 302)
    (view,) = await _settled(database, actor, absent.endpoint.id)
    assert view.delivery.last_error.startswith("connect_failed")
    assert not [each for each in receiver.received if each.path == "/elsewhere"]


async def test_a_rotated_secret_signs_beside_the_old_one(
    worker: object, database: Database, actor: Actor, receiver: Receiver,
    make_endpoint: MakeEndpoint, make_link: MakeLink,
) -> None:  # fmt: skip
    """Receivers change secrets without losing an event."""
    old = await make_endpoint(receiver.url)
    async with database.write() as tx:
        new = await webhooks.rotate_secret(tx, actor, old.endpoint.id, peppers=PEPPERS)
    await make_link()
    (received,) = await receiver.wait_for(1)
    received.verify(old.secret)
    received.verify(new.secret)
    assert old.secret != new.secret


async def test_a_test_event_arrives_even_where_nothing_is_listened_to(
    worker: object, database: Database, actor: Actor, receiver: Receiver, make_endpoint: MakeEndpoint
) -> None:
    """People press the button before they have anything to see."""
    minted = await make_endpoint(receiver.url, events=("bio.published",))
    async with database.write() as tx:
        await webhooks.send_test(tx, actor, minted.endpoint.id)
    (received,) = await receiver.wait_for(1)
    received.verify(minted.secret)
    assert received.json["type"] == "test.ping"


async def test_hanging_endpoints_delay_nobody_else(
    worker: object, receiver: Receiver, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """One tarpit among a workspace's endpoints must not become everybody's outage."""
    events, healthy, hanging = 6, 8, 4
    for number in range(hanging):
        receiver.paths[f"/hang{number}"] = hang
        await make_endpoint(f"{receiver.url}/hang{number}")
    for number in range(healthy):
        await make_endpoint(f"{receiver.url}/fine{number}")
    for _ in range(events):
        await make_link()
    for number in range(healthy):
        got = await receiver.wait_for(events, path=f"/fine{number}")
        assert len({each.headers["webhook-id"] for each in got}) == events
    # Every healthy delivery came while all the hanging ones were still hanging.
    for number in range(hanging):
        assert receiver.most_under_way[f"/hang{number}"] == 4
        assert receiver.under_way[f"/hang{number}"] == 4


async def test_nothing_is_sent_twice_while_nothing_fails(
    worker: object, database: Database, actor: Actor, receiver: Receiver,
    make_endpoint: MakeEndpoint, make_link: MakeLink,
) -> None:  # fmt: skip
    """At least once is for failures; calls that end at different moments must each be remembered."""
    chance = random.Random(1)

    async def slow(_received: Received) -> Answer:
        await asyncio.sleep(chance.random() * 0.1)
        return 204, {}, b""

    receiver.behave = slow
    minted = [await make_endpoint(f"{receiver.url}/{number}") for number in range(6)]
    for _ in range(20):
        await make_link()
    await receiver.wait_for(120)
    for each in minted:
        views = await _settled(database, actor, each.endpoint.id)
        assert [view.delivery.state for view in views] == ["delivered"] * 20
    assert len(receiver.received) == 120


async def test_a_forged_message_does_not_verify(
    worker: object, receiver: Receiver, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """What the receiver checks must depend on every byte that we sent."""
    minted = await make_endpoint(receiver.url)
    await make_link()
    (received,) = await receiver.wait_for(1)
    received.body = received.body.replace(b"link.created", b"link.deleted")
    with pytest.raises(WebhookVerificationError):
        received.verify(minted.secret)
