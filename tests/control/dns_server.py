"""A real DNS server on loopback (UDP, RFC 1035), whose zone tests change while it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

TTL_S = 1


class DnsServer(asyncio.DatagramProtocol):
    """Answers from `records`, keyed by name and type; a name with no record at all does not exist.

    `broken` answers SERVFAIL, `silent` answers nothing; `asked` is every question that came.
    """

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.broken = False
        self.silent = False
        self.asked: list[tuple[str, str]] = []
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of the protocol."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question."""
        query = dns.message.from_wire(data)
        (question,) = query.question
        name, kind = question.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if self.silent:
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA | dns.flags.AA
        if self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        else:
            self._fill(answer, name, kind)
        assert self._transport is not None
        self._transport.sendto(answer.to_wire(), addr)

    def _fill(self, answer: dns.message.Message, name: str, kind: str) -> None:
        alias = self.records.get((name, "CNAME"))
        if alias and kind != "CNAME":
            # A recursive server gives the alias and what it leads to.
            answer.answer.append(dns.rrset.from_text(f"{name}.", TTL_S, "IN", "CNAME", alias[0]))
            name = alias[0].rstrip(".")
        if found := self.records.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(f"{name}.", TTL_S, "IN", kind, *found))
        elif not alias and all(known != name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)


@asynccontextmanager
async def serving_dns() -> AsyncIterator[DnsServer]:
    """A server for the time of the block."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(DnsServer, local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        transport.close()
