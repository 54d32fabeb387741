"""Files by address, of any size: taken in piece by piece, through the guarded client only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urljoin

from waypost.control.core.webhooks import outgoing_policy
from waypost.control.model.faults import Invalid
from waypost.control.model.installation import Installation
from waypost.control.outgoing.client import GuardedClient
from waypost.control.outgoing.faults import OutgoingFault
from waypost.control.outgoing.limits import REDIRECTS_MAX

_REDIRECTS = (301, 302, 303, 307, 308)
_BEGINNING_BYTES = 8192
"""By which files of every type can be told apart."""


class Fetched:
    """A file on its way: how it begins, and all of it, once."""

    def __init__(self, pieces: AsyncIterator[bytes], beginning: bytes) -> None:
        self._pieces = pieces
        self.beginning = beginning

    async def whole(self) -> AsyncIterator[bytes]:
        """From the first byte to the last."""
        yield self.beginning
        async for piece in self._pieces:
            yield piece


@asynccontextmanager
async def fetched(installation: Installation, url: str, field: str) -> AsyncIterator[Fetched]:
    """What is behind an address, where that leads on as well. Raises Invalid naming `field`, also while it is read."""
    client = GuardedClient(outgoing_policy(installation))
    try:
        for _ in range(REDIRECTS_MAX + 1):
            async with client.fetch(url) as answer:
                if answer.status in _REDIRECTS and "location" in answer.headers:
                    url = urljoin(url, answer.headers["location"])
                    continue
                if answer.status != 200:
                    raise Invalid(field, f"answers with status {answer.status}")
                if not answer.is_identity:
                    raise Invalid(field, "gives no plain file")
                yield await _begun(answer.pieces)
                return
    except OutgoingFault as fault:
        raise Invalid(field, fault.detail) from fault
    raise Invalid(field, f"leads on more than {REDIRECTS_MAX} times")


async def _begun(pieces: AsyncIterator[bytes]) -> Fetched:
    beginning = bytearray()
    async for piece in pieces:
        beginning += piece
        if len(beginning) >= _BEGINNING_BYTES:
            break
    return Fetched(pieces, bytes(beginning))
