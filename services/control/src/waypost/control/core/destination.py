"""Where a link may lead: parsed once by the WHATWG rules, kept as canonical ASCII, judged by policy.

Scheme, user information, length, our own hosts, blocked hosts, private networks: in that order. Names
are not resolved here, since what they resolve to may change; only literal addresses are judged.
"""

import ipaddress
from collections.abc import Collection

import ada_url

from waypost.control import limits
from waypost.control.model.faults import InvalidUrl
from waypost.control.model.installation import Installation
from waypost.wire import destination as last_check

WEB_SCHEMES: frozenset[str] = frozenset({"http", "https"})
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".corp")
_WRAPPED = tuple(
    ipaddress.ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0/96",
                 "fec0::/10", "100::/64", "192.88.99.0/24", "192.0.0.0/24")
)  # fmt: skip
"""Addresses that `is_global` passes or judges by their outside, though they lead somewhere else."""


def canonical_url(
    field: str,
    url: str,
    installation: Installation,
    *,
    own_hosts: Collection[str] = (),
    schemes: frozenset[str] = WEB_SCHEMES,
) -> str:
    """Return the URL as it will be stored and sent. Raises InvalidUrl naming the field.

    `own_hosts` are hosts that serve our links, besides those the installation names: a destination
    there would make a loop.
    """
    if len(url) > limits.URL_CHARACTERS_MAX:
        raise InvalidUrl(field, f"longer than {limits.URL_CHARACTERS_MAX} characters")
    try:
        parsed = ada_url.URL(url.strip())
    except ValueError as error:
        raise InvalidUrl(field, "not an absolute URL such as https://example.com/") from error
    scheme = parsed.protocol.removesuffix(":")
    if scheme not in schemes:
        raise InvalidUrl(field, f"the scheme `{scheme}` is not allowed")
    if parsed.username or parsed.password:
        raise InvalidUrl(field, "user name or password in a URL is not allowed")
    # A file of ours is no link, so leading there makes no loop.
    if scheme in WEB_SCHEMES and not installation.is_own_asset(str(parsed.href)):
        _check_host(field, parsed, installation, own_hosts)
    canonical = str(parsed.href)
    if not canonical.isascii() or not last_check.is_safe(canonical.encode()):
        raise InvalidUrl(field, "cannot be written as plain ASCII of bounded length")
    return canonical


def as_kept(url: str) -> str:
    """A URL in the form in which links keep it, to find them by; what is no URL comes back as it is."""
    try:
        return str(ada_url.URL(url.strip()).href)
    except ValueError:
        return url


def host_of(url: str) -> str:
    """The host of a canonical URL, without port and trailing dot; "" when it has none."""
    return str(ada_url.URL(url).hostname).removesuffix(".")


def is_public_address(text: str) -> bool:
    """Whether an IP address, as text, is on the public internet and nothing in disguise."""
    address = ipaddress.ip_address(text.strip("[]"))
    if address.is_multicast or not address.is_global:
        return False
    return not any(address.version == network.version and address in network for network in _WRAPPED)


def _check_host(field: str, url: ada_url.URL, installation: Installation, own_hosts: Collection[str]) -> None:
    host = url.hostname.removesuffix(".")
    if not host:
        raise InvalidUrl(field, "has no host")
    # On a developer's own machine other servers have the same name, at other ports.
    at_other_port = host == "localhost" and url.host != ada_url.URL(installation.public_url).host
    if host == installation.public_host and not at_other_port:
        raise InvalidUrl(field, "leads back to this service")
    if host in installation.own_hosts or host in own_hosts:
        raise InvalidUrl(field, "leads back to this service")
    if is_blocked(host, installation.blocked_hosts):
        raise InvalidUrl(field, "this host is on the block list")
    if installation.allow_private_targets:
        return
    if host == "localhost" or host.endswith(_PRIVATE_SUFFIXES):
        raise InvalidUrl(field, "private and local hosts are not allowed")
    if _is_address(host) and not is_public_address(host):
        raise InvalidUrl(field, "private and local addresses are not allowed")


def is_blocked(host: str, blocked: Collection[str]) -> bool:
    """Whether the host or a domain above it is on the list."""
    labels = host.split(".")
    return any(".".join(labels[start:]) in blocked for start in range(len(labels)))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
