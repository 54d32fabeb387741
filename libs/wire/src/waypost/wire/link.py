"""What an edge knows of links, domains and workspaces: the values of link records.

`LinkV1` is an array with the few fields a plain redirect needs; everything rarer stands in
`LinkOptionsV1`, a map in which absent means default, so that a plain link stays small and quick
to decode.
"""

from enum import IntEnum

from msgspec import Raw, Struct, field


class LinkState(IntEnum):
    """What an administrator decided about a link. Time and counts are judged at the edge."""

    ACTIVE = 0
    PAUSED = 1
    BLOCKED = 2


class PreviewV1(Struct, frozen=True, omit_defaults=True):
    """What link-preview robots are shown, as text already checked by control."""

    title: str = ""
    description: str = ""
    image: str = ""
    video: str = ""


class ContentV1(Struct, frozen=True, omit_defaults=True):
    """A page instead of a redirect: its kind and its data, in the form that kind defines."""

    kind: str
    data: Raw = field(default_factory=lambda: Raw(b"\xc0"))
    qr_svg: bytes = b""
    """A code to show on the page (`wifi`: its join code), rendered by control: edges draw none."""


class LinkOptionsV1(Struct, frozen=True, omit_defaults=True):
    """The rarer settings of a link. Times are Unix milliseconds, 0 meaning unset."""

    rules: bytes = b""
    """Encoded by `waypost.rules.encode_rules`; opaque here so that a newer rule breaks nothing."""
    expired_url: bytes = b""
    fallback_url: bytes = b""
    scan_limit: int = 0
    scans_known: int = 0
    """Human scans counted over all edges when this record was written; only kept with a limit."""
    password: str = ""
    """An argon2id verifier in PHC form, never a password."""
    password_version: int = 0
    query_policy: str = "drop"
    """`drop`, `forward` (appended as it came), `visitor` or `link`: whose value wins a merge."""
    path_policy: str = "ignore"
    """`ignore` or `append`: whether a path behind the slug belongs to this link."""
    utm: dict[str, str] = field(default_factory=dict)
    """Query parameters to set on the destination, already without the `utm_` prefix resolved."""
    preview: PreviewV1 | None = None
    cloak: bool = False
    indexable: bool = False
    interstitial_s: int = 0
    click_id_param: str = ""
    sticky_s: int = 3600
    """How long a visitor keeps a variant; 0 sets no cookie."""
    track_visitor: bool = True
    title: str = ""
    content: ContentV1 | None = None
    pages: dict[str, ContentV1] = field(default_factory=dict)
    """The pages that rules lead to, by the rule's id."""
    aliases_of: bytes = b""
    open_ways: tuple[str, ...] = ()
    """The ways that need no password, by the id of their rule, "" for the link's own; none: all of them need it."""


class LinkV1(Struct, frozen=True, array_like=True):
    """One link as an edge needs it. `target` is canonical ASCII, ready for a `Location` header."""

    link_id: bytes
    workspace_id: bytes
    state: LinkState
    target: bytes
    status: int = 302
    starts_ms: int = 0
    expires_ms: int = 0
    options: LinkOptionsV1 | None = None


class DomainV1(Struct, frozen=True, omit_defaults=True):
    """A host that answers short links. Empty targets mean: use the built-in page."""

    domain_id: bytes
    workspace_id: bytes = b""
    root_url: bytes = b""
    not_found_url: bytes = b""
    expired_url: bytes = b""
    case_sensitive: bool = False
    robots_txt: str = ""
    association_files: dict[str, str] = field(default_factory=dict)
    """File name below `/.well-known/` to its JSON text."""
    serving: bool = True


class WorkspaceV1(Struct, frozen=True, omit_defaults=True):
    """A workspace that needs special treatment at the edge; most have no record at all."""

    workspace_id: bytes
    over_scan_quota: bool = False
    suspended: bool = False
    fallback_url: bytes = b""
    interstitial_s: int = 0
    rules: bool = True
    """False for a plan under which rules are kept but not followed."""

    withheld: tuple[str, ...] = ()
    """Signals (see wire.scan) that are not recorded."""
