"""Pure: a URL that a user gave, parsed once by the WHATWG rules and held against the policy."""

import ada_url
from msgspec import Struct

from waypost.control.outgoing.addresses import Address, Network, literal, refusal
from waypost.control.outgoing.faults import TargetRefused
from waypost.control.outgoing.limits import PORTS_DEFAULT, URL_CHARACTERS_MAX

_PORT_OF_SCHEME = {"http:": 80, "https:": 443}


class OutgoingPolicy(Struct, frozen=True):
    """What outgoing calls of this installation may reach.

    With `allow_private` (intranets, tests) private and loopback addresses are reached on any port
    except `refused_ports`; public addresses are reached on `ports` only, either way.
    """

    allow_private: bool = False
    ports: frozenset[int] = PORTS_DEFAULT
    refused_ports: frozenset[int] = frozenset()
    refused_networks: tuple[Network, ...] = ()

    def check_address(self, host: str, address: Address, port: int) -> None:
        """Raise TargetRefused unless this address may be called on this port."""
        why = refusal(address, allow_private=self.allow_private, refused_networks=self.refused_networks)
        if why is not None:
            raise TargetRefused(host, f"{why} address")
        private = self.allow_private and not address.is_global
        if port in self.refused_ports or not (private or port in self.ports):
            raise TargetRefused(host, f"port {port} is not allowed")


class Target(Struct, frozen=True):
    """Where a call goes. `host` has no brackets and no trailing dot; `path` includes the query."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The canonical URL."""
        scheme, default = ("https", 443) if self.secure else ("http", 80)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}{'' if self.port == default else f':{self.port}'}{self.path}"


def parse_target(url: str, policy: OutgoingPolicy, *, https_only: bool = False) -> Target:
    """Parse and check everything that can be known without asking a name server.

    Raises TargetRefused: too long, not http(s), user information, a port or an address (in any of
    the spellings that browsers understand) that is not allowed.
    """
    if len(url) > URL_CHARACTERS_MAX:
        raise TargetRefused("", f"longer than {URL_CHARACTERS_MAX} characters")
    try:
        parsed = ada_url.URL(url)
    except ValueError as error:
        raise TargetRefused("", "not a URL") from error
    host = parsed.hostname.removesuffix(".")
    if parsed.protocol not in _PORT_OF_SCHEME or (https_only and parsed.protocol != "https:"):
        raise TargetRefused(
            host, "the scheme must be https" if https_only else "the scheme must be http or https"
        )
    if parsed.username or parsed.password:
        raise TargetRefused(host, "user information in the URL")
    if not host:
        raise TargetRefused(host, "no host")
    port = int(parsed.port) if parsed.port else _PORT_OF_SCHEME[parsed.protocol]
    address = literal(host)
    if address is not None:
        policy.check_address(host, address, port)
        host = str(address)
    elif port in policy.refused_ports or not (policy.allow_private or port in policy.ports):
        raise TargetRefused(host, f"port {port} is not allowed")
    return Target(parsed.protocol == "https:", host, port, parsed.pathname + parsed.search)
