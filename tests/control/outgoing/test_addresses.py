"""Which addresses may be called."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.control.outgoing.addresses import refusal


@pytest.mark.parametrize("text", ["8.8.8.8", "93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a00:1450::1"])
def test_public_addresses_pass(text: str) -> None:
    """A guard that refuses receivers is no use either."""
    assert refusal(ip_address(text), allow_private=False, refused_networks=()) is None


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "fd12:3456::1", "100.64.0.1"]
)
def test_intranets_pass_only_when_the_operator_says_so(text: str) -> None:
    """Self-hosters call services in their own network; nobody else may."""
    assert refusal(ip_address(text), allow_private=False, refused_networks=()) is not None
    assert refusal(ip_address(text), allow_private=True, refused_networks=()) is None


@pytest.mark.parametrize(
    "text",
    [
        "169.254.169.254",
        "100.100.100.200",
        "fd00:ec2::254",
        "168.63.129.16",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "ff02::1",
        "fe80::1%lo",
    ],
)
def test_metadata_and_wrapped_addresses_never_pass(text: str) -> None:
    """Allowing an intranet must not hand out the machine's cloud credentials."""
    assert refusal(ip_address(text), allow_private=True, refused_networks=()) is not None


@given(st.integers(0, 2**32 - 1))
def test_no_wrapping_of_an_ipv4_address_passes(number: int) -> None:
    """Translators on the path would turn these into the inner address."""
    v4 = IPv4Address(number)
    wrapped = [
        IPv6Address(number),
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0xFFFF << 48 | number),
        IPv6Address(int(IPv6Address("64:ff9b::")) | number),
        IPv6Address(int(IPv6Address("64:ff9b:1::")) | number),
        IPv6Address(int(IPv6Address("2002::")) | number << 80),
        IPv6Address(int(IPv6Address("2001::")) | number << 64),
    ]
    for address in wrapped:
        assert refusal(address, allow_private=False, refused_networks=()), (v4, address)


@given(st.ip_addresses())
def test_whatever_passes_is_global_unicast(address: IPv4Address | IPv6Address) -> None:
    """The tables only ever take away from what the registry calls global."""
    if refusal(address, allow_private=False, refused_networks=()) is None:
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_private


def test_the_operators_own_networks_are_refused() -> None:
    """A public subnet of our own holds our own machines."""
    own = (ip_network("93.184.215.0/24"),)
    assert refusal(ip_address("93.184.215.14"), allow_private=True, refused_networks=own) == "own network"
    assert refusal(ip_address("93.184.216.14"), allow_private=False, refused_networks=own) is None
