"""Pure: which IP addresses an outgoing call may reach.

`ipaddress.is_global` alone is no guard: it calls NAT64, 6to4, site-local and multicast addresses
global. So the special-purpose registries of IANA (RFC 6890 and its updates) are spelled out here,
with every form that wraps an IPv4 address, and `is_global` is asked last.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_PRIVATE: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(text), reason)
    for text, reason in (
        ("127.0.0.0/8", "loopback"),
        ("::1/128", "loopback"),
        ("10.0.0.0/8", "private"),
        ("172.16.0.0/12", "private"),
        ("192.168.0.0/16", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("fc00::/7", "unique local"),
    )
)
"""Refused unless the operator allows private targets."""

_NEVER: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(text), reason)
    for text, reason in (
        # Where clouds keep the credentials of a machine; partly outside link-local space.
        ("169.254.0.0/16", "link-local"),
        ("100.100.100.200/32", "cloud metadata"),
        ("168.63.129.16/32", "cloud metadata"),
        ("fd00:ec2::/32", "cloud metadata"),
        ("fd20:ce::/32", "cloud metadata"),
        ("0.0.0.0/8", "this network"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("198.18.0.0/15", "benchmarking"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("100::/64", "discard"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
"""Refused always: nobody receives a webhook there."""


def refusal(address: Address, *, allow_private: bool, refused_networks: tuple[Network, ...]) -> str | None:
    """Why this address must not be called, or None when it may be.

    `refused_networks` are the operator's own: public subnets of this installation, its database.
    """
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "link-local"
    if any(address in network for network in refused_networks):
        return "own network"
    private = _reason(address, _PRIVATE)
    # Loopback ::1 lies inside ::/96, so the private table speaks first, but metadata services
    # inside private space stay refused.
    never = None if private == "loopback" else _reason(address, _NEVER)
    if never is not None:
        return never
    if private is not None:
        return None if allow_private else private
    if not address.is_global or address.is_multicast or address.is_reserved:
        return "not globally reachable"
    return None


def literal(host: str) -> Address | None:
    """The address that a host of a parsed URL spells, or None for a name. Brackets are accepted."""
    text = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return ip_address(text)
    except ValueError:
        return None


def _reason(address: Address, table: tuple[tuple[Network, str], ...]) -> str | None:
    return next((reason for network, reason in table if address in network), None)
