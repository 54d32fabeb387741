"""What the operator decided, as one value that every transaction sees."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from urllib.parse import quote, urlsplit

from msgspec import Struct

from waypost.control import limits
from waypost.control.model.plans import PUBLISHED, UNLIMITED, Plan
from waypost.wire.assets import PREFIX
from waypost.wire.ids import DEFAULT_DOMAIN_ID, to_text

DEFAULT_DOMAIN = to_text(DEFAULT_DOMAIN_ID)
"""The id of the domain of WAYPOST_PUBLIC_URL, shared by all workspaces."""

_PATH_SAFE = "/-._~!$&'()*+,;=:@"
"""RFC 3986, clause 3.3: what a path may hold as it is."""


class Installation(Struct, frozen=True, kw_only=True):
    """The settings that decide what is allowed and how things are written."""

    public_url: str = "http://localhost:8080"
    api_url: str = "http://localhost:8000"
    """Where the control API is reached from outside, without a slash at the end."""
    assets_url: str = ""
    """Where published files are read when not at the edges; without a slash at the end."""
    qr_marker: str = "qr=1"
    """The query by which a QR code's URL tells scans from clicks; empty without one."""
    fallback_url: str = ""
    """Where visitors of expired links and of workspaces over their scan quota are led; empty for a page."""
    allow_private_targets: bool = False
    outgoing_ports: frozenset[int] = frozenset({80, 443})
    """Ports of public addresses that outgoing calls may use."""
    refused_ports: frozenset[int] = frozenset()
    refused_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """What no outgoing call may reach, also where private addresses are allowed."""
    own_hosts: frozenset[str] = frozenset()
    """Hosts of ours besides the public one, which no destination may name."""
    blocked_hosts: frozenset[str] = frozenset()
    plans: tuple[Plan, ...] = PUBLISHED
    default_plan: str = UNLIMITED.name
    slug_characters: int = limits.SLUG_CHARACTERS_RANDOM
    slug_hold_ms: int = 0
    """How long a deleted slug stays with its workspace; 0 means for ever."""

    def plan(self, name: str) -> Plan:
        """The plan of that name; one that the operator no longer lists is without limits."""
        return next((plan for plan in self.plans if plan.name == name), UNLIMITED)

    def is_own_asset(self, url: str) -> bool:
        """Whether an address is that of a file which the edges serve under the public URL."""
        return url.startswith(self.public_url.rstrip("/") + PREFIX)

    @property
    def public_host(self) -> str:
        """The host of the default domain, without port."""
        return _host_of(self.public_url)

    def short_url(self, host: str, slug: str) -> str:
        """How a short link is written; an empty host is the default domain."""
        path = quote(slug, safe=_PATH_SAFE)
        if not host:
            return f"{self.public_url.rstrip('/')}/{path}"
        return f"{urlsplit(self.public_url).scheme or 'https'}://{host}/{path}"


@lru_cache(maxsize=8)
def _host_of(url: str) -> str:
    # Asked for with every link that is shown.
    return urlsplit(url).hostname or ""
