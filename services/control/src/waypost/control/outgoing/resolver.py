"""Names to addresses, without threads: a slow name server delays its own callers only."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path

import dns.asyncresolver
import dns.exception
import dns.resolver

from waypost.control.outgoing.addresses import Address, literal
from waypost.control.outgoing.faults import ResolutionFailed
from waypost.control.outgoing.limits import ADDRESSES_MAX, CONNECT_TIMEOUT_S, RESOLVER_CACHE_NAMES_MAX

Resolver = Callable[[str], Awaitable[Sequence[Address]]]
"""Takes a host name, gives all of its addresses; raises ResolutionFailed."""

_HOSTS_FILE = Path("/etc/hosts")
_LOOPBACK = (ip_address("127.0.0.1"), ip_address("::1"))


def parse_hosts(text: str) -> dict[str, tuple[Address, ...]]:
    """The names of a hosts file (hosts(5)) with their addresses; lines that are not entries are skipped."""
    found: dict[str, tuple[Address, ...]] = {}
    for line in text.splitlines():
        first, *names = line.partition("#")[0].split() or [""]
        address = literal(first)
        if address is None:
            continue
        for name in names:
            found[name.lower()] = (*found.get(name.lower(), ()), address)
    return found


class SystemResolver:
    """What the machine knows: its hosts file, then the name servers of resolv.conf, by their TTL."""

    def __init__(
        self, hosts: Mapping[str, tuple[Address, ...]], resolver: dns.asyncresolver.Resolver
    ) -> None:
        self._hosts = hosts
        self._resolver = resolver
        self._resolver.cache = dns.resolver.LRUCache(RESOLVER_CACHE_NAMES_MAX)

    @classmethod
    def of_this_machine(cls) -> "SystemResolver":
        """Read the machine's own configuration. Raises dns.resolver.NoResolverConfiguration."""
        hosts = parse_hosts(_HOSTS_FILE.read_text()) if _HOSTS_FILE.exists() else {}
        return cls(hosts, dns.asyncresolver.Resolver())

    async def __call__(self, host: str) -> Sequence[Address]:
        """All addresses of a name, IPv4 first. Raises ResolutionFailed."""
        name = host.lower().removesuffix(".")
        if name in self._hosts:
            return self._hosts[name]
        # RFC 6761, clause 6.3: never asked of a name server.
        if name == "localhost" or name.endswith(".localhost"):
            return _LOOPBACK
        try:
            answers = await self._resolver.resolve_name(name, lifetime=CONNECT_TIMEOUT_S, search=True)
        except dns.exception.DNSException as error:
            raise ResolutionFailed(host, type(error).__name__) from error
        addresses = [ip_address(text) for text in answers.addresses()]
        if len(addresses) > ADDRESSES_MAX:
            raise ResolutionFailed(host, f"more than {ADDRESSES_MAX} addresses")
        return sorted(addresses, key=lambda address: address.version)
