"""From host and path to the link: keys, look-ups, and a bounded memory of links made ready.

A remembered link is used only while its stored bytes are the same: when the agent's signal moves, each
is compared at its next use, and made ready again only if it changed.
"""

from collections.abc import Callable
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from waypost.redirect.limits import COMPILED_LINKS_MAX
from waypost.redirect.ready import ReadyLink, make_ready
from waypost.redirect.replica import Replica
from waypost.redirect.store_format import REFUSED, Stored
from waypost.wire.codec import decode_domain, decode_workspace
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.link import DomainV1, WorkspaceV1
from waypost.wire.slug import KeyTooLong, domain_key, exact, fold, link_key, workspace_key

PREFIXES_MAX = 8
"""How many shorter slugs are tried for a path that is no slug itself."""

DEFAULT_DOMAIN = DomainV1(DEFAULT_DOMAIN_ID)

T = TypeVar("T")


class _Kept(Struct, Generic[T]):
    generation: int
    stored: Stored | None
    value: T | None


class Memory(Generic[T]):
    """Records made ready, by key. When it is full the oldest eighth goes."""

    def __init__(self, replica: Replica, make: Callable[[bytes], T], size: int) -> None:
        self._replica = replica
        self._make = make
        self._size = size
        self._kept: dict[bytes, _Kept[T]] = {}

    def get(self, key: bytes) -> T | None:
        """What the record under a key says; None when there is none or it must not be served."""
        generation = self._replica.generation
        kept = self._kept.get(key)
        if kept is not None:
            if kept.generation == generation:
                return kept.value
            if self._replica.get(key) == kept.stored:
                kept.generation = generation
                return kept.value
            del self._kept[key]
        stored = self._replica.get(key)
        value = None if stored is None or stored.flags & REFUSED else self._make(stored.value)
        if len(self._kept) >= self._size:
            for old in list(self._kept)[: self._size // 8]:
                del self._kept[old]
        self._kept[key] = _Kept(generation, stored, value)
        return value


class Found(Struct, frozen=True):
    """A link, the domain it was asked under, and the path behind its slug."""

    domain: DomainV1
    link: ReadyLink
    workspace: WorkspaceV1 | None
    slug_path: bytes
    """The part of the raw path that names the link, with its leading slash."""
    rest: bytes = b""
    wants_preview: bool = False


class Missing(Struct, frozen=True):
    """No link; `domain` is None when the host is none of ours."""

    domain: DomainV1 | None
    is_root: bool = False


class Resolver:
    """Resolves requests against the replica. Raises StoreMissing and ValueDamaged as the replica does."""

    def __init__(self, replica: Replica, *, refuse_unknown_hosts: bool) -> None:
        self._replica = replica
        self._links = Memory(replica, make_ready, COMPILED_LINKS_MAX)
        self._domains = Memory(replica, decode_domain, 4096)
        self._workspaces = Memory(replica, decode_workspace, 4096)
        self._refuse_unknown_hosts = refuse_unknown_hosts

    def resolve(self, host: str, path: bytes) -> Found | Missing:
        """Find the link of a request."""
        domain = self.domain(host)
        if domain is None or not domain.serving:
            return Missing(domain)
        if path == b"/":
            return Missing(domain, is_root=True)
        slug = decode_path(path)
        if slug is None:
            return Missing(domain)
        link = self._link(domain, slug)
        if link is not None:
            return self._found(domain, link, path)
        if path.endswith(b"+") and (link := self._link(domain, slug[:-1])) is not None:
            return self._found(domain, link, path[:-1], wants_preview=True)
        return self._by_prefix(domain, path) or Missing(domain)

    def domain(self, host: str) -> DomainV1 | None:
        """The domain of a host; None for an unknown one when those are refused."""
        try:
            known = self._domains.get(domain_key(host)) if host else None
        except (KeyTooLong, UnicodeEncodeError):
            known = None
        if known is not None:
            return known
        default = self._domains.get(domain_key("")) or DEFAULT_DOMAIN
        return None if self._refuse_unknown_hosts else default

    def _found(
        self,
        domain: DomainV1,
        link: ReadyLink,
        slug_path: bytes,
        *,
        rest: bytes = b"",
        wants_preview: bool = False,
    ) -> Found:
        workspace = self._workspaces.get(workspace_key(link.record.workspace_id))
        return Found(domain, link, workspace, slug_path, rest, wants_preview)

    def _link(self, domain: DomainV1, slug: str) -> ReadyLink | None:
        key_form = exact(slug) if domain.case_sensitive else fold(slug)
        if not key_form:
            return None
        try:
            return self._links.get(link_key(domain.domain_id, key_form))
        except KeyTooLong:
            return None

    def _by_prefix(self, domain: DomainV1, path: bytes) -> Found | None:
        """The longest shorter slug whose link takes the rest of the path along."""
        head = path
        for _ in range(PREFIXES_MAX):
            head = head.rpartition(b"/")[0]
            if not head:
                return None
            slug = decode_path(head)
            link = self._link(domain, slug) if slug is not None else None
            if link is not None:
                if link.options.path_policy != "append":
                    return None
                return self._found(domain, link, head, rest=path[len(head) + 1 :])
        return None


def decode_path(path: bytes) -> str | None:
    """A raw path as text, percent-decoded once; None when that is not UTF-8."""
    try:
        return (unquote_to_bytes(path) if b"%" in path else path).decode()
    except UnicodeDecodeError:
        return None
