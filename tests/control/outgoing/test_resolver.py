"""Names of this machine."""

from ipaddress import ip_address

import dns.asyncresolver
import pytest

from waypost.control.outgoing.faults import ResolutionFailed
from waypost.control.outgoing.resolver import SystemResolver, parse_hosts


def test_a_hosts_file_is_read_as_the_manual_says() -> None:
    """Container set-ups name their services there."""
    text = (
        "# c\n127.0.0.1 localhost me # x\n\n10.0.0.7\tReceiver receiver.lan\n::1 localhost\n"
        "nonsense here\nfe80::1%lo z\n"
    )
    hosts = parse_hosts(text)
    assert hosts["localhost"] == (ip_address("127.0.0.1"), ip_address("::1"))
    assert hosts["receiver"] == hosts["receiver.lan"] == (ip_address("10.0.0.7"),)
    assert "here" not in hosts


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST.", "a.b.localhost"])
async def test_localhost_is_loopback_without_asking_anyone(name: str) -> None:
    """RFC 6761; a name server that answers otherwise would be believed."""
    resolver = SystemResolver({}, dns.asyncresolver.Resolver(configure=False))
    assert {str(address) for address in await resolver(name)} == {"127.0.0.1", "::1"}


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".test", "", "nobody.invalid"])
async def test_a_name_that_is_none_is_a_typed_fault(name: str) -> None:
    """The URL parser lets through names that DNS cannot carry."""
    resolver = SystemResolver({}, dns.asyncresolver.Resolver(configure=False))
    with pytest.raises(ResolutionFailed):
        await resolver(name)
