"""Links: the stored noun, the commands that change it, the filter that lists it, the view of it."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control.model.customers import Earned
from waypost.control.model.destination_health import LinkHealth
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.page import PageRequest
from waypost.rules import Rule
from waypost.rules.model import ScanCount

LinkKind: TypeAlias = Literal["link", "qr"]
State: TypeAlias = Literal["active", "paused", "blocked"]
QueryPolicy: TypeAlias = Literal["drop", "forward", "visitor", "link"]
PathPolicy: TypeAlias = Literal["ignore", "append"]
RedirectStatus: TypeAlias = Literal[301, 302, 303, 307, 308]
LinkSort: TypeAlias = Literal["created", "updated", "scans", "title", "slug", "last_scan"]
Json: TypeAlias = dict[str, Any]

UTM_NAMES = ("source", "medium", "campaign", "term", "content", "id", "ref")
"""Keys of `utm`: sent as `utm_<name>`, and `ref` as `ref`."""


class Preview(Struct, frozen=True, omit_defaults=True):
    """What link-preview robots are shown instead of the destination's own card."""

    enabled: bool = False
    title: str = ""
    description: str = ""
    image: str = ""
    video: str = ""


class LinkSettings(Struct, frozen=True, kw_only=True):
    """What a person decides about a link; the same members in the row, the commands and the view.

    Times are Unix milliseconds, 0 meaning unset. Text that is "" and URLs that are "" are unset.
    """

    kind: LinkKind = "link"
    target_url: str
    fallback_url: str = ""
    title: str = ""
    description: str = ""
    comments: str = ""
    archived: bool = False
    dynamic: bool = True
    template_type: str = ""
    content: Json | None = None
    rules: tuple[Rule, ...] = ()
    starts_ms: int = 0
    expires_ms: int = 0
    expired_url: str = ""
    scan_limit: int = 0
    status: RedirectStatus = 302
    query_policy: QueryPolicy = "drop"
    path_policy: PathPolicy = "ignore"
    utm: dict[str, str] = msgspec.field(default_factory=dict)
    preview: Preview = Preview()
    cloak: bool = False
    indexable: bool = False
    interstitial_s: int = 0
    public_stats: bool = False
    track_conversion: bool = False
    click_id_param: str = ""
    track_visitor: bool = True
    sticky_s: int = 3600
    lead_goal: str = ""
    lead_target: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    external_id: str | None = None
    tenant_id: str | None = None
    folder_id: str | None = None
    qr_design_id: str | None = None
    qr_enabled: bool = True
    webhook_ids: tuple[str, ...] = ()
    extras: Json = msgspec.field(default_factory=dict)
    """Members that only one dialect knows, by dialect; opaque here and returned as they came."""


class Link(LinkSettings, frozen=True, kw_only=True):
    """One stored link."""

    id: str
    workspace_id: str
    domain_id: str = DEFAULT_DOMAIN
    slug: str
    slug_key: str
    state: State = "active"
    blocked_reason: str = ""
    password_hash: str = ""
    password_version: int = 0
    version: int = 1
    created_ms: int
    updated_ms: int
    deleted_ms: int = 0
    created_by: str = ""

    @property
    def depends_on_scans(self) -> bool:
        """Whether where it leads depends on how often it was followed: by its limit, or by a rule that asks."""
        asks = (isinstance(condition, ScanCount) for rule in self.rules for condition in rule.when)
        return bool(self.scan_limit) or any(asks)


class CreateLink(LinkSettings, frozen=True, kw_only=True):
    """Make a link. Without a slug a random one is drawn; `prefix` goes before it."""

    id: str | None = None
    domain_id: str = DEFAULT_DOMAIN
    """Empty for that of new links: the key's only domain, the workspace's primary one, the installation's own."""
    slug: str = ""
    prefix: str = ""
    slug_characters: int | None = None
    active: bool = True
    password: str = ""
    tags: tuple[str, ...] = ()
    """Names; made on first use."""
    tag_ids: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    expiry_in_past: bool = True
    """Whether `expires_ms` may lie in the past; some dialects refuse it."""


class UpdateLink(Struct, frozen=True, kw_only=True):
    """Change only the members that are set. None clears a reference or a password."""

    kind: LinkKind | UnsetType = UNSET
    target_url: str | UnsetType = UNSET
    fallback_url: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    comments: str | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    dynamic: bool | UnsetType = UNSET
    template_type: str | UnsetType = UNSET
    content: Json | UnsetType | None = UNSET
    rules: tuple[Rule, ...] | UnsetType = UNSET
    starts_ms: int | UnsetType = UNSET
    expires_ms: int | UnsetType = UNSET
    expired_url: str | UnsetType = UNSET
    scan_limit: int | UnsetType = UNSET
    status: RedirectStatus | UnsetType = UNSET
    query_policy: QueryPolicy | UnsetType = UNSET
    path_policy: PathPolicy | UnsetType = UNSET
    utm: dict[str, str] | UnsetType = UNSET
    preview: Preview | UnsetType = UNSET
    cloak: bool | UnsetType = UNSET
    indexable: bool | UnsetType = UNSET
    interstitial_s: int | UnsetType = UNSET
    public_stats: bool | UnsetType = UNSET
    track_conversion: bool | UnsetType = UNSET
    click_id_param: str | UnsetType = UNSET
    track_visitor: bool | UnsetType = UNSET
    sticky_s: int | UnsetType = UNSET
    lead_goal: str | UnsetType = UNSET
    lead_target: str | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    external_id: str | UnsetType | None = UNSET
    tenant_id: str | UnsetType | None = UNSET
    folder_id: str | UnsetType | None = UNSET
    qr_design_id: str | UnsetType | None = UNSET
    qr_enabled: bool | UnsetType = UNSET
    webhook_ids: tuple[str, ...] | UnsetType = UNSET
    extras: Json | UnsetType = UNSET
    domain_id: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    password: str | UnsetType | None = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    tag_ids: tuple[str, ...] | UnsetType = UNSET
    aliases: tuple[str, ...] | UnsetType = UNSET
    expiry_in_past: bool = True

    def given(self) -> dict[str, Any]:
        """The members that were set, by name."""
        names = (field.name for field in msgspec.structs.fields(type(self)))
        return {
            name: value
            for name in names
            if name != "expiry_in_past" and (value := getattr(self, name)) is not UNSET
        }


class LinkFilter(Struct, frozen=True, kw_only=True):
    """Which links a list holds. Unset members do not narrow it."""

    domain_id: str | None = None
    tag_ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """A link is listed when it has any of the tags."""
    search: str = ""
    """Part of the destination, the title or the slug, in any case."""
    target_url: str = ""
    target_part: str = ""
    """Part of the destination alone, in any case."""
    active: bool | None = None
    archived: bool | None = None
    kind: LinkKind | None = None
    healthy: bool | None = None
    """False keeps links whose destination failed when it was last looked at."""
    template_type: str | None = None
    without_template_type: str = ""
    """Leaves out links that show a page of this kind."""
    tenant_id: str | None = None
    external_id: str | None = None
    folder_id: str | None = None
    is_outside_folders: bool = False
    """Keeps links that are in no folder."""
    created_by: str | None = None
    created_from_ms: int = 0
    created_until_ms: int = 0
    sort: LinkSort = "created"
    descending: bool = True
    page: PageRequest = PageRequest()
    count: bool = False
    """Whether the page should say how many there are in all."""


class Scans(Struct, frozen=True):
    """What analytics last said about a link. Bots are in `total` and `bot` only."""

    total: int = 0
    human: int = 0
    unique: int = 0
    bot: int = 0
    qr: int = 0
    last_ms: int = 0


class TagName(Struct, frozen=True):
    """A tag as a link shows it."""

    id: str
    name: str
    color: str = ""


class LinkView(Struct, frozen=True, kw_only=True):
    """A link with everything that is shown beside it."""

    link: Link
    short_url: str
    domain: str
    """The host; the default domain's host without port."""
    tags: tuple[TagName, ...] = ()
    aliases: tuple[str, ...] = ()
    scans: Scans = Scans()
    earned: Earned = Earned()
    health: LinkHealth | None = None
    """None until somebody looked at the destination."""
