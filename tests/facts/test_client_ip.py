"""Whose address it is: only trusted proxies are believed (reliability R31)."""

import os
from ipaddress import IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from waypost.facts.client_ip import TrustedProxies, client_address, header_country, network_of, parse_address
from waypost.facts.limits import (
    FORWARDED_FOR_CHARACTERS_MAX,
    FORWARDED_FOR_HOPS_MAX,
    PROXY_CACHE_ENTRIES_MAX,
    TRUSTED_NETWORKS_MAX,
)

FULL = os.environ.get("WAYPOST_FAULT") == "full"
NETWORKS = ("10.0.0.0/8", "192.168.7.0/24", "fd00::/8", "203.0.113.9")
TRUSTED = TrustedProxies(NETWORKS)
PROXY = "10.1.2.3"
ADDRESSES = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.ip_addresses(v=4, network="10.0.0.0/8").map(str),
    st.ip_addresses(v=4, network="192.168.7.0/24").map(str),
    st.ip_addresses(v=6, network="fd00::/8").map(str),
)
HOPS = st.one_of(
    ADDRESSES,
    st.ip_addresses(v=4).map(lambda ip: f"{ip}:8443"),
    st.ip_addresses(v=6).map(lambda ip: f"[{ip}]:8443"),
    st.ip_addresses(v=4).map(lambda ip: f"::ffff:{ip}"),
    st.sampled_from(
        [
            "unknown",
            "",
            "_hidden",
            "1.2.3",
            "1.2.3.4.5",
            "fe80::1%eth0",
            "[::1",
            "::1]:1",
            "1.2.3.4:x",
            "1.2.3.4:",
        ]
    ),
)


def plain(text: str) -> str:
    """One canonical name per address, the slow and obvious way."""
    address = ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def oracle(peer: str, header: str) -> str:
    """The rule written naively: drop trusted hops from the right, what is left is the client."""
    networks = [ip_network(network) for network in NETWORKS]

    def trusted(text: str) -> bool:
        return any(ip_address(text) in network for network in networks)

    peer = plain(peer)
    if not trusted(peer) or not header:
        return peer
    chain = []
    for raw in header.split(","):
        hop = raw.strip(" \t")
        if hop.startswith("[") and hop.endswith("]:8443"):
            hop = hop[1:-6]
        elif hop.endswith(":8443") and hop.count(":") == 1:
            hop = hop[:-5]
        try:
            chain.append(None if "%" in hop else plain(hop))
        except ValueError:
            chain.append(None)
    while len(chain) > 1 and chain[-1] is not None and trusted(chain[-1]):
        chain.pop()
    return chain[-1] or peer


@settings(max_examples=10_000 if FULL else 1_000)
@given(st.ip_addresses().map(str), st.text(max_size=200), st.text(max_size=4))
def test_an_untrusted_peer_changes_nothing_with_any_header(peer: str, header: str, country: str) -> None:
    """Else anybody picks their own country, visitor id and rate-limit bucket."""
    nobody = TrustedProxies(())
    assert client_address(peer, header, nobody) == client_address(peer, "", nobody) == plain(peer)
    assert header_country(peer, country, nobody) == ""


@settings(max_examples=2_000 if FULL else 500)
@given(ADDRESSES, st.lists(HOPS, max_size=8), st.sampled_from([",", ", ", " ,\t"]))
def test_behind_trusted_proxies_the_right_most_untrusted_address_counts(
    peer: str, hops: list[str], comma: str
) -> None:
    """Compared with the rule written naively; what stands further left is the client's to invent."""
    header = comma.join(hops)
    assert client_address(peer, header, TRUSTED) == oracle(peer, header)


@given(st.text(max_size=300))
@example("," * 300)
@example("[" * 50)
@example("\ud800")
def test_any_header_text_gives_an_address_or_the_peer(header: str) -> None:
    """Garbage must neither raise nor become an address."""
    found = client_address(PROXY, header, TRUSTED)
    assert found == plain(found)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.50, 198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("198.51.100.7:55123", "198.51.100.7"),
        ("[2001:db8::1]:443, 10.0.0.1", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, unknown", PROXY),
        ("unknown, 198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, garbage, 10.0.0.1", PROXY),
        ("10.0.0.7, 10.0.0.8", "10.0.0.7"),
        ("", PROXY),
        (",", PROXY),
    ],
)
def test_headers_as_proxies_send_them(header: str, expected: str) -> None:
    """Ports, brackets, mapped addresses and words are what real proxies put there."""
    assert client_address(PROXY, header, TRUSTED) == expected


def test_more_trusted_hops_than_the_limit_fall_back_to_the_peer() -> None:
    """A chain that long is a loop or an attack; the walk ends."""
    inside = ", ".join(["10.0.0.1"] * FORWARDED_FOR_HOPS_MAX)
    assert client_address(PROXY, "198.51.100.7, " + inside, TRUSTED) == PROXY
    allowed = ", ".join(["10.0.0.1"] * (FORWARDED_FOR_HOPS_MAX - 1))
    assert client_address(PROXY, "198.51.100.7, " + allowed, TRUSTED) == "198.51.100.7"


def test_of_an_overlong_header_only_the_right_end_is_read() -> None:
    """The trusted proxy writes at the right; a client's megabyte on the left costs nothing."""
    filler = "1.1.1.1, " * (FORWARDED_FOR_CHARACTERS_MAX // 4)
    assert client_address(PROXY, filler + "198.51.100.7, 10.0.0.1", TRUSTED) == "198.51.100.7"


def test_a_torn_first_hop_is_not_taken_for_an_address() -> None:
    """Cutting `198.51.100.77` to `8.51.100.77` would invent a client."""
    header = "198.51.100.77".ljust(FORWARDED_FOR_CHARACTERS_MAX + 2)
    assert client_address(PROXY, header, TRUSTED) == PROXY


def test_no_visitors_address_is_remembered() -> None:
    """Addresses must not linger in memory, where a core file would keep them (reliability R39)."""
    proxies = TrustedProxies(NETWORKS)
    for n in range(50):
        client_address(f"198.51.100.{n}", "", proxies)
        client_address(PROXY, f"198.51.100.{n}", proxies)
    assert "198.51.100" not in repr(vars(proxies))


def test_the_memory_of_proxies_is_bounded() -> None:
    """A trusted network may be large; what is remembered of it is not."""
    proxies = TrustedProxies(["10.0.0.0/8"])
    for n in range(PROXY_CACHE_ENTRIES_MAX + 10):
        assert proxies.peer(f"10.1.{n >> 8}.{n & 255}")[1]
    assert len(proxies._proxies) <= PROXY_CACHE_ENTRIES_MAX


def test_a_unix_socket_peer_is_returned_as_it_is() -> None:
    """There is no address to canonicalise, and nothing to trust."""
    assert client_address("unix:", "198.51.100.7", TRUSTED) == "unix:"


@pytest.mark.parametrize(
    ("peer", "value", "expected"),
    [
        (PROXY, "DE", "DE"),
        (PROXY, "de", "DE"),
        ("198.51.100.7", "DE", ""),
        (PROXY, "XX", ""),
        (PROXY, "T1", ""),
        (PROXY, "DEU", ""),
        (PROXY, "1a", ""),
        (PROXY, "é1", ""),
        (PROXY, "", ""),
    ],
)
def test_a_country_header_counts_only_from_a_trusted_proxy(peer: str, value: str, expected: str) -> None:
    """Geo rules must not be steered by a client's own header."""
    assert header_country(peer, value, TRUSTED) == expected


@pytest.mark.parametrize("network", ["10.0.0.0/33", "nonsense", "", "10.0.0.0/-1"])
def test_a_wrong_network_is_named(network: str) -> None:
    """A typo in the setting must stop the start, not silently trust nobody."""
    with pytest.raises(ValueError, match="trusted proxies"):
        TrustedProxies(["10.0.0.0/8", network])


def test_trusted_networks_are_limited() -> None:
    """The limit is named, so that a huge list is refused with its reason."""
    with pytest.raises(ValueError, match=str(TRUSTED_NETWORKS_MAX)):
        TrustedProxies(f"10.0.{n >> 8}.{n & 255}" for n in range(TRUSTED_NETWORKS_MAX + 1))


@given(st.ip_addresses(v=6))
def test_addresses_survive_being_parsed(address: object) -> None:
    """Parsing is the inverse of writing, apart from IPv4 in disguise."""
    parsed = parse_address(str(address))
    assert str(parsed) == plain(str(address))


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_all_addresses_of_one_ipv6_network_are_one_client(address: IPv6Address, host: int) -> None:
    """A home has 2^64 of them; limits by the single address would be none."""
    if address.ipv4_mapped is not None:
        return
    neighbour = IPv6Address((int(address) >> 64 << 64) | host)
    if neighbour.ipv4_mapped is None:
        assert network_of(str(address)) == network_of(str(neighbour))
    stranger = IPv6Address(int(address) ^ 1 << 64)
    assert network_of(str(address)) != network_of(str(stranger))


def test_an_ipv4_address_is_its_own_client_however_it_is_written() -> None:
    """Mapped into IPv6 it is the same house; what is no address limits itself alone."""
    assert network_of("203.0.113.9") == network_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert network_of("unknown") == "unknown"
