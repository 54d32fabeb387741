"""From host and path to the link: keys, look-ups, and a bounded memory of links made ready.

A remembered link is used only while its stored bytes are the same: when the agent's signal moves, each
is compared at its next use, and made ready again only if it changed.
"""

from collections.abc import Callable
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from waypost.redirect.limits import READY_DOMAINS_MAX, READY_LINKS_MAX
from waypost.redirect.ready import ReadyLink, make_ready
from waypost.redirect.replica import Replica
from waypost.redirect.store_format import value_of
from waypost.wire.codec import decode_domain, decode_workspace
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.limits import SLUG_BYTES_MAX
from waypost.wire.link import DomainV1, WorkspaceV1
from waypost.wire.slug import LINK_KIND, KeyTooLong, domain_key, exact, fold, link_key, workspace_key

PREFIXES_MAX = 8
"""How many shorter slugs are tried for a path that is no slug itself."""

DEFAULT_DOMAIN = DomainV1(DEFAULT_DOMAIN_ID)

T = TypeVar("T")


class _Kept(Struct, Generic[T], gc=False):
    generation: int
    raw: bytes | None
    value: T | None


class Memory(Generic[T]):
    """Records made ready, by key, in two halves: when the younger is full, the older is let go."""

    def __init__(self, replica: Replica, make: Callable[[bytes], T], size: int) -> None:
        self._replica = replica
        self._make = make
        self._size = size
        self._young: dict[bytes, _Kept[T]] = {}
        self._old: dict[bytes, _Kept[T]] = {}

    def get(self, key: bytes) -> T | None:
        """What the record under a key says; None when there is none or it must not be served."""
        generation = self._replica.generation
        kept = self._young.get(key)
        if kept is None and (kept := self._old.pop(key, None)) is not None:
            self._keep(key, kept)
        if kept is not None and kept.generation == generation:
            return kept.value
        raw = self._replica.get(key)
        if kept is not None and kept.raw == raw:
            kept.generation = generation
            return kept.value
        value = None
        if raw is not None and (body := value_of(key, raw)) is not None:
            value = self._make(body)
        self._keep(key, _Kept(generation, raw, value))
        return value

    def _keep(self, key: bytes, kept: _Kept[T]) -> None:
        if len(self._young) >= self._size:
            self._old, self._young = self._young, {}
        self._young[key] = kept


class Found(Struct, frozen=True, gc=False):
    """A link, the domain it was asked under, and the path behind its slug."""

    domain: DomainV1
    link: ReadyLink
    workspace: WorkspaceV1 | None
    slug_path: bytes
    """The part of the raw path that names the link, with its leading slash."""
    rest: bytes = b""
    wants_preview: bool = False

    def is_open(self, now_ms: int) -> bool:
        """Whether nothing stands between a visitor and a redirect: no state, time, page, or workspace."""
        link = self.link
        record = link.record
        return (
            link.is_direct
            and (self.workspace is None or not stands_in_the_way(self.workspace))
            and not self.wants_preview
            and record.starts_ms <= now_ms
            and not 0 < record.expires_ms <= now_ms
        )


def stands_in_the_way(workspace: WorkspaceV1) -> bool:
    """Whether a workspace keeps visitors from following even its plainest links at once, or has a say in what is
    recorded of them."""
    return (
        workspace.suspended
        or workspace.over_scan_quota
        or workspace.interstitial_s > 0
        or bool(workspace.withheld)
    )


class Missing(Struct, frozen=True):
    """No link; `domain` is None when the host is none of ours."""

    domain: DomainV1 | None
    is_root: bool = False


class Resolver:
    """Resolves requests against the replica. Raises StoreMissing and ValueDamaged as the replica does."""

    def __init__(self, replica: Replica, own_host: str, *, refuse_unknown_hosts: bool) -> None:
        """`own_host` is the default domain's, which has no record that says so."""
        self._replica = replica
        self._links = Memory(replica, make_ready, READY_LINKS_MAX)
        self._domains = Memory(replica, decode_domain, READY_DOMAINS_MAX)
        self._workspaces = Memory(replica, decode_workspace, READY_DOMAINS_MAX)
        self._own_host = own_host
        self._refuse_unknown_hosts = refuse_unknown_hosts
        self._generation = -1
        self._domain_of: dict[str, DomainV1 | None] = {}
        self._workspace_of: dict[bytes, WorkspaceV1 | None] = {}
        self._found_at: dict[tuple[str, bytes], Found] = {}
        """What holds until a record changes; the links themselves are remembered for longer."""

    def resolve(self, host: str, path: bytes) -> Found | Missing:
        """Find the link of a request."""
        self._forget_outdated()
        known = self._found_at.get((host, path))
        if known is not None:
            return known
        found = self._resolve(host, path)
        if isinstance(found, Found) and len(path) <= SLUG_BYTES_MAX:
            if len(self._found_at) >= READY_LINKS_MAX:
                self._found_at = {}
            self._found_at[host, path] = found
        return found

    def _resolve(self, host: str, path: bytes) -> Found | Missing:
        domain = self.domain(host)
        if domain is None:
            return Missing(None)
        if not domain.serving:
            # Whoever claims a host says what its files and missing pages are only once the host is proven theirs.
            return Missing(DEFAULT_DOMAIN)
        if path == b"/":
            return Missing(domain, is_root=True)
        link = self._by_path(domain, path)
        if link is not None:
            return self._found(domain, link, path)
        if path.endswith(b"+") and (link := self._by_path(domain, path[:-1])) is not None:
            return self._found(domain, link, path[:-1], wants_preview=True)
        return self._by_prefix(domain, path) or Missing(domain)

    def domain(self, host: str) -> DomainV1 | None:
        """The domain of a host; None for an unknown one when those are refused."""
        self._forget_outdated()
        kept = self._domain_of.get(host)
        if kept is not None:
            return kept
        try:
            known = self._domains.get(domain_key(host)) if host else None
        except (KeyTooLong, UnicodeEncodeError):
            known = None
        if known is None and (host == self._own_host or not self._refuse_unknown_hosts):
            known = self._domains.get(domain_key("")) or DEFAULT_DOMAIN
        if len(self._domain_of) < READY_DOMAINS_MAX:
            self._domain_of[host] = known
        return known

    def workspace(self, workspace_id: bytes) -> WorkspaceV1 | None:
        """What is special about a workspace; None, as for most, when nothing is."""
        self._forget_outdated()
        try:
            return self._workspace_of[workspace_id]
        except KeyError:
            workspace = self._workspaces.get(workspace_key(workspace_id))
        if len(self._workspace_of) < READY_DOMAINS_MAX:
            self._workspace_of[workspace_id] = workspace
        return workspace

    def _forget_outdated(self) -> None:
        if self._generation != self._replica.generation:
            self._generation = self._replica.generation
            self._domain_of, self._workspace_of, self._found_at = {}, {}, {}

    def _found(
        self,
        domain: DomainV1,
        link: ReadyLink,
        slug_path: bytes,
        *,
        rest: bytes = b"",
        wants_preview: bool = False,
    ) -> Found:
        workspace = self.workspace(link.record.workspace_id)
        return Found(domain, link, workspace, slug_path, rest, wants_preview)

    def _by_path(self, domain: DomainV1, path: bytes) -> ReadyLink | None:
        """The link that a raw path names, percent-decoded once."""
        raw = unquote_to_bytes(path) if b"%" in path else path
        if raw.isascii():
            # What `fold` and `exact` do with ASCII, without the way through text.
            slug = raw.strip(b"/") if domain.case_sensitive else raw.strip(b"/").lower()
            key = LINK_KIND + domain.domain_id + slug
            return self._links.get(key) if slug and len(slug) <= SLUG_BYTES_MAX else None
        try:
            text = raw.decode()
            slug_text = exact(text) if domain.case_sensitive else fold(text)
            return self._links.get(link_key(domain.domain_id, slug_text)) if slug_text else None
        except (UnicodeDecodeError, KeyTooLong):
            return None

    def _by_prefix(self, domain: DomainV1, path: bytes) -> Found | None:
        """The longest shorter slug whose link takes the rest of the path along."""
        head = path
        for _ in range(PREFIXES_MAX):
            head = head.rpartition(b"/")[0]
            if not head:
                return None
            link = self._by_path(domain, head)
            if link is not None:
                if link.options.path_policy != "append":
                    return None
                return self._found(domain, link, head, rest=path[len(head) + 1 :])
        return None
