"""Endpoints, events and receivers for the tests of webhooks."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from tests.control.webhooks.receiver import Receiver

from waypost.control.core import links, webhooks
from waypost.control.core.keys import Peppers
from waypost.control.model.access import Actor
from waypost.control.model.installation import Installation
from waypost.control.model.links import CreateLink, LinkView
from waypost.control.model.webhooks.endpoint import CreateEndpoint, MintedEndpoint
from waypost.control.model.webhooks.payload import plain_link
from waypost.control.model.webhooks.signing import FORMATS
from waypost.control.store.database import Database

PEPPERS = Peppers((b"pepper of the webhook tests",))
SHAPES = dict.fromkeys(FORMATS, plain_link)

MakeEndpoint = Callable[..., Awaitable[MintedEndpoint]]
MakeLink = Callable[..., Awaitable[LinkView]]


@pytest.fixture
def installation() -> Installation:
    """Receivers of tests listen on loopback."""
    return Installation(public_url="https://go.example", allow_private_targets=True)


@pytest.fixture
def make_endpoint(database: Database, actor: Actor) -> MakeEndpoint:
    """Registers an endpoint; everything but the URL has a default."""

    async def make(url: str = "http://127.0.0.1:9/", **members: Any) -> MintedEndpoint:
        command = CreateEndpoint(url=url, **{"events": ("*",), **members})
        async with database.write() as tx:
            return await webhooks.create_endpoint(tx, actor, command, peppers=PEPPERS)

    return make


@pytest.fixture
def make_link(database: Database, actor: Actor) -> MakeLink:
    """Creates a link, which tells of itself."""

    async def make(**members: Any) -> LinkView:
        command = CreateLink(**{"target_url": "https://example.com/", **members})
        async with database.write() as tx:
            return await links.create_link(tx, actor, command)

    return make


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A real HTTP server that remembers what it was sent."""
    async with Receiver() as server:
        yield server
