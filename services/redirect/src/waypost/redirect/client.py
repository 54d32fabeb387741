"""What is known of a client: from its header block once, from its address per request.

The robot and user-agent data take a while to open. That is done in a thread, soon after the start and
not before the first redirect; whoever needs them earlier waits.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from waypost.facts.agent import UNKNOWN_AGENT, Agent, AgentReader
from waypost.facts.client_ip import TrustedProxies, client_address, header_country
from waypost.facts.geo import GeoReader
from waypost.facts.language import languages
from waypost.facts.place import Place, place_of_country
from waypost.facts.referrer import referrer_host
from waypost.facts.robots import NO_ROBOT, RobotClass, RobotReader
from waypost.facts.verdict import RequestFacts, verdict
from waypost.facts.visitor import agent_part
from waypost.redirect import scan_parts
from waypost.redirect.request import HeaderFacts
from waypost.runtime.logs import Log

_log = Log(__name__)


class Client(Struct, frozen=True, gc=False):
    """What a header block says, in the form that scans and rules need. Shared by equal blocks."""

    headers: HeaderFacts
    language: str
    """The tag liked best, lower case, "" when not said."""
    referrer: str
    purpose: str
    """`prefetch` or `preview` when the client said so."""
    visitor_part: bytes
    """What the user agent adds to a visitor id."""
    scan_agent: bytes
    scan_origin: bytes
    """The pieces of a scan that depend on the block alone."""


class Request(Struct, frozen=True, gc=False):
    """One request as both lanes see it. Path and query are raw, as they came."""

    method: str
    path: bytes
    query: bytes
    peer: str
    client: Client
    forwarded_for: str = ""
    """All X-Forwarded-For values, joined by commas in their order."""


def read_client(headers: HeaderFacts) -> Client:
    """Derive what can be derived from the block alone."""
    tags = languages(headers.accept_language)
    announced = ""
    if headers.sec_purpose or headers.purpose or headers.x_purpose or headers.x_moz:
        found = verdict(_request_facts(headers, "GET", NO_ROBOT, 0))
        announced = found.kind if found.kind in {"prefetch", "preview"} else ""
    language, referrer = tags[0] if tags else "", referrer_host(headers.referer)
    return Client(
        headers,
        language,
        referrer,
        announced,
        agent_part(headers.user_agent),
        scan_parts.agent(headers.user_agent),
        scan_parts.origin(language, referrer, headers.host),
    )


class _Opened(Struct, frozen=True):
    robots: RobotReader
    agents: AgentReader


class ClientReader:
    """Looks clients up. Opened once per worker."""

    def __init__(self, geo_db: Path | None, trusted: TrustedProxies) -> None:
        """Open the geo file; a bad one is told and done without."""
        self.trusted = trusted
        self._thread = ThreadPoolExecutor(1, "facts")
        self._opening: Future[_Opened] | None = None
        self.geo = _open_geo(geo_db)
        self._agents: _Opened | None = None
        self._reloading: Future[bool] | None = None

    def open_agents(self) -> "Future[_Opened]":
        """Begin to open the robot and user-agent data, once."""
        if self._opening is None:
            self._opening = self._thread.submit(_open_agents)
        return self._opening

    def address(self, request: Request) -> str:
        """The client's address, behind trusted proxies or not."""
        return client_address(request.peer, request.forwarded_for, self.trusted)

    def place(self, peer: str, address: str, headers: HeaderFacts) -> Place:
        """Where the client is."""
        if headers.country and (country := header_country(peer, headers.country, self.trusted)):
            return place_of_country(country)
        return self.geo.lookup(address)

    def system(self, user_agent: str) -> Agent:
        """Operating system and browser, which is what most rules ask for."""
        return self._agent_data().agents.system(user_agent) if user_agent else UNKNOWN_AGENT

    def agent(self, user_agent: str) -> Agent:
        """All that the user agent says. The first call takes about 0.2 s: see `AgentReader`."""
        return self._agent_data().agents.parse(user_agent) if user_agent else UNKNOWN_AGENT

    def robot(self, user_agent: str) -> RobotClass:
        """Which kind of robot the user agent names, if any."""
        return self._agent_data().robots.classify(user_agent) if user_agent else NO_ROBOT

    def is_human(self, headers: HeaderFacts, method: str, asn: int) -> bool:
        """Whether this request counts against a scan limit."""
        return verdict(_request_facts(headers, method, self.robot(headers.user_agent), asn)).kind == "human"

    def reload(self) -> None:
        """Look whether the geo file was replaced; in the thread, so nobody waits."""
        if self._reloading is None or self._reloading.done():
            if self._reloading is not None and self._reloading.result():
                _log.info("geo_source", kind=self.geo.source.kind, problem=self.geo.source.problem)
            self._reloading = self._thread.submit(self.geo.reload_if_changed)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _agent_data(self) -> _Opened:
        if self._agents is None:
            self._agents = self.open_agents().result()
        return self._agents


def _open_agents() -> _Opened:
    robots = RobotReader()
    return _Opened(robots, AgentReader(robots))


def _open_geo(geo_db: Path | None) -> GeoReader:
    reader = GeoReader(geo_db)
    _log.info("geo_source", kind=reader.source.kind, path=reader.source.path, problem=reader.source.problem)
    return reader


def _request_facts(headers: HeaderFacts, method: str, robot: RobotClass, asn: int) -> RequestFacts:
    return RequestFacts(
        method=method,
        user_agent=headers.user_agent,
        robot=robot,
        sec_purpose=headers.sec_purpose,
        purpose=headers.purpose,
        x_purpose=headers.x_purpose,
        x_moz=headers.x_moz,
        sender=headers.sender,
        asn=asn,
    )
