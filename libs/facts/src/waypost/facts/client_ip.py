"""Who the client is, behind proxies or not. Pure.

Rule (reliability R31): headers of a peer that is not a trusted proxy change nothing. From a trusted one,
walk `X-Forwarded-For` from the right and take the first address that is not itself a trusted proxy;
anything that is not an address on the way makes the whole header worthless, and the peer it is.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import AF_INET, inet_pton

from waypost.facts.limits import (
    FORWARDED_FOR_CHARACTERS_MAX,
    FORWARDED_FOR_HOPS_MAX,
    PROXY_CACHE_ENTRIES_MAX,
    TRUSTED_NETWORKS_MAX,
)

_Address = IPv4Address | IPv6Address
_NOT_A_COUNTRY = frozenset({"XX", "T1", "ZZ", "A1", "A2", "O1", "AP", "EU"})
"""What CDNs and old geo files send for unknown, Tor, proxies, satellites and whole continents."""


class TrustedProxies:
    """Networks whose forwarding headers are believed; compiled once, then only asked."""

    def __init__(self, networks: Iterable[str]) -> None:
        """Compile CIDRs (`10.0.0.0/8`, `::1/128`; a bare address is a network of one).

        Raises ValueError naming the one that is wrong, or the limit.
        """
        self._masks: dict[tuple[int, int], set[int]] = {}
        self._first_octets: set[int] = set()
        """With what the IPv4 addresses of these networks may begin."""
        self._proxies: dict[str, str] = {}
        for count, text in enumerate(networks, start=1):
            if count > TRUSTED_NETWORKS_MAX:
                raise ValueError(f"trusted proxies: at most {TRUSTED_NETWORKS_MAX} networks")
            try:
                network = ip_network(text.strip(), strict=False)
            except ValueError as fault:
                raise ValueError(f"trusted proxies: {text!r} is not a network in CIDR form") from fault
            shift = network.max_prefixlen - network.prefixlen
            self._masks.setdefault((network.version, shift), set()).add(int(network.network_address) >> shift)
            if network.version == 4:
                self._first_octets.update(range(network[0].packed[0], network[-1].packed[0] + 1))

    def is_foreign_v4(self, text: str) -> bool:
        """True when the text is one IPv4 address, in canonical form, of nobody in these networks."""
        try:
            packed = inet_pton(AF_INET, text)
        except (OSError, ValueError):  # no address, or a character that no address has
            return False
        return packed[0] not in self._first_octets or IPv4Address(packed) not in self

    def __contains__(self, address: _Address) -> bool:
        number, version = int(address), address.version
        return any(
            kind == version and number >> shift in networks for (kind, shift), networks in self._masks.items()
        )

    def peer(self, text: str) -> tuple[str, bool]:
        """The peer in canonical text (IPv4-mapped IPv6 as IPv4), and whether it is a trusted proxy.

        Only proxies are remembered: a visitor's address must not outlive its request in this memory.
        """
        if not self._masks and not text.startswith("::ffff:"):
            return text, False
        known = self._proxies.get(text)
        if known is not None:
            return known, True
        if self.is_foreign_v4(text):
            return text, False
        address = parse_address(text)
        if address is None:
            return text, False
        if address not in self:
            return str(address), False
        if len(self._proxies) >= PROXY_CACHE_ENTRIES_MAX:
            self._proxies.clear()
        self._proxies[text] = str(address)
        return str(address), True


def client_address(peer: str, forwarded_for: str, trusted: TrustedProxies) -> str:
    """The client's address in canonical text.

    `peer` is the socket's other end as the system writes it; `forwarded_for` all `X-Forwarded-For` values
    joined by commas in the order they came, empty when there is none. Never raises; a peer that is no
    address (a Unix socket) is returned as it is.
    """
    own, is_trusted = trusted.peer(peer)
    if not is_trusted or not forwarded_for:
        return own
    if trusted.is_foreign_v4(forwarded_for):
        return forwarded_for  # the usual case, one plain address, without making an address object
    text = forwarded_for[-FORWARDED_FOR_CHARACTERS_MAX:]
    hops = text.rsplit(",", FORWARDED_FOR_HOPS_MAX)
    # A cut off header, by length or by hops, leaves a first piece that is not one whole hop.
    whole = len(hops) <= FORWARDED_FOR_HOPS_MAX and len(text) == len(forwarded_for)
    farthest = own
    for hop in reversed(hops if whole else hops[1:]):
        address = parse_address(hop)
        if address is None:
            return own
        farthest = str(address)
        if address not in trusted:
            return farthest
    return farthest if whole else own


def header_country(peer: str, value: str, trusted: TrustedProxies) -> str:
    """The country a trusted proxy's header names (ISO 3166-1 alpha-2, upper case), or empty.

    Empty too when the peer is not trusted or the value stands for "unknown" (`XX`, `T1`): then the geo file
    is asked.
    """
    if len(value) != 2 or not value.isascii() or not value.isalnum() or not trusted.peer(peer)[1]:
        return ""
    country = value.upper()
    return "" if country in _NOT_A_COUNTRY or not country.isalpha() else country


def network_of(text: str) -> str:
    """What one client can choose freely counts as one: an IPv4 address, the /64 of an IPv6 one.

    Text that is no address is returned as it is.
    """
    address = parse_address(text) if ":" in text else None
    if address is None:
        return text
    return str(address) if address.version == 4 else address.exploded[:19]


def parse_address(text: str) -> _Address | None:
    """An address out of one forwarded hop: bare, `v4:port`, `[v6]` or `[v6]:port`. None for everything
    else.

    IPv4-mapped IPv6 becomes IPv4, so that one client has one name. Zone ids are refused: a scoped address
    means nothing outside its own host.
    """
    text = text.strip(" \t")
    if text.startswith("["):
        inner, closed, port = text[1:].partition("]")
        if not closed or ":" not in inner or (port and not _is_port(port[1:], port[:1])):
            return None
        text = inner
    elif text.count(":") == 1:
        text, colon, port = text.partition(":")
        if not _is_port(port, colon) or "." not in text:
            return None
    if "%" in text or len(text) > 45:  # the longest text form: IPv6 with an embedded IPv4
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _is_port(digits: str, colon: str) -> bool:
    return colon == ":" and digits.isascii() and digits.isdigit() and len(digits) <= 5
