"""Links as JSON."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.api.mapping import always_time, command_values, defaults_of, to_time
from waypost.control.api.schemas.rules import RuleIn, RuleOut, from_rules, to_rules
from waypost.control.core.mixed_script import Suspicion, suspicions
from waypost.control.model.destination_health import LinkHealth
from waypost.control.model.faults import Invalid
from waypost.control.model.links import (
    CreateLink,
    Json,
    LinkKind,
    LinkView,
    PathPolicy,
    Preview,
    QueryPolicy,
    RedirectStatus,
    State,
    UpdateLink,
)

Target = Annotated[
    str,
    Meta(
        description="Where the link leads: http, https, mailto, tel or sms.",
        examples=["https://example.com/spring"],
        max_length=4096,
    ),
]
Slug = Annotated[
    str, Meta(description="The path behind the domain; random when left out.", examples=["spring"])
]


class PreviewIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What link-preview robots are shown."""

    enabled: bool = True
    title: str | None = None
    description: str | None = None
    image: str | None = None
    video: str | None = None

    def to_model(self) -> Preview:
        """The model's preview."""
        texts = (self.title, self.description, self.image, self.video)
        return Preview(self.enabled, *(text or "" for text in texts))


class LinkCreate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new link. Only `target_url` is needed."""

    target_url: Target
    id: str | None = None
    slug: Slug | None = None
    prefix: str | None = None
    slug_characters: int | None = None
    domain_id: str | None = None
    kind: LinkKind | None = None
    active: bool = True
    fallback_url: str | None = None
    title: str | None = None
    description: str | None = None
    comments: str | None = None
    archived: bool | None = None
    dynamic: bool | None = None
    template_type: str | None = None
    content: Json | None = None
    rules: list[RuleIn] | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    expired_url: str | None = None
    scan_limit: int | None = None
    status: RedirectStatus | None = None
    query_policy: QueryPolicy | None = None
    path_policy: PathPolicy | None = None
    utm: dict[str, str] | None = None
    preview: PreviewIn | None = None
    cloak: bool | None = None
    indexable: bool | None = None
    interstitial_s: int | None = None
    public_stats: bool | None = None
    track_conversion: bool | None = None
    click_id_param: str | None = None
    track_visitor: bool | None = None
    sticky_s: int | None = None
    lead_goal: str | None = None
    lead_target: str | None = None
    metadata: dict[str, str] | None = None
    external_id: str | None = None
    tenant_id: str | None = None
    folder_id: str | None = None
    qr_design_id: str | None = None
    qr_enabled: bool | None = None
    webhook_ids: list[str] | None = None
    password: str | None = None
    tags: list[str] | None = None
    tag_ids: list[str] | None = None
    aliases: list[str] | None = None


class LinkPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change. A member that is left out stays; null clears it."""

    target_url: Target | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    domain_id: str | UnsetType | None = UNSET
    kind: LinkKind | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    fallback_url: str | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    comments: str | UnsetType | None = UNSET
    archived: bool | UnsetType = UNSET
    dynamic: bool | UnsetType = UNSET
    template_type: str | UnsetType | None = UNSET
    content: Json | UnsetType | None = UNSET
    rules: list[RuleIn] | UnsetType | None = UNSET
    starts_at: datetime | UnsetType | None = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    expired_url: str | UnsetType | None = UNSET
    scan_limit: int | UnsetType | None = UNSET
    status: RedirectStatus | UnsetType | None = UNSET
    query_policy: QueryPolicy | UnsetType | None = UNSET
    path_policy: PathPolicy | UnsetType | None = UNSET
    utm: dict[str, str] | UnsetType | None = UNSET
    preview: PreviewIn | UnsetType | None = UNSET
    cloak: bool | UnsetType = UNSET
    indexable: bool | UnsetType = UNSET
    interstitial_s: int | UnsetType | None = UNSET
    public_stats: bool | UnsetType = UNSET
    track_conversion: bool | UnsetType = UNSET
    click_id_param: str | UnsetType | None = UNSET
    track_visitor: bool | UnsetType = UNSET
    sticky_s: int | UnsetType | None = UNSET
    lead_goal: str | UnsetType | None = UNSET
    lead_target: str | UnsetType | None = UNSET
    metadata: dict[str, str] | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET
    tenant_id: str | UnsetType | None = UNSET
    folder_id: str | UnsetType | None = UNSET
    qr_design_id: str | UnsetType | None = UNSET
    qr_enabled: bool | UnsetType = UNSET
    webhook_ids: list[str] | UnsetType | None = UNSET
    password: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    tag_ids: list[str] | UnsetType | None = UNSET
    aliases: list[str] | UnsetType | None = UNSET


class ScansOut(Struct, frozen=True, kw_only=True):
    """Counts since the link was made, a second or two behind. `human` is what limits and bills count."""

    total: int
    human: int
    unique: int
    bot: int
    qr: int
    last_scan_at: datetime | None


class PreviewOut(Struct, frozen=True, kw_only=True):
    """What link-preview robots are shown, when it is `enabled`."""

    enabled: bool
    title: str | None
    description: str | None
    image: str | None
    video: str | None


class HealthOut(Struct, frozen=True, kw_only=True):
    """What the last look at the destination found. `status` is null when no answer came."""

    ok: bool
    status: int | None
    failure: str | None
    checked_at: datetime
    failing_since: datetime | None


class LinkWarning(Struct, frozen=True, kw_only=True):
    """Something about a link that a person should look at; it works all the same."""

    code: Literal["mixed_script"]
    field: str
    detail: str


class LinkTag(Struct, frozen=True, kw_only=True):
    """A tag as a link shows it."""

    id: str
    name: str
    color: str | None


class LinkOut(Struct, frozen=True, kw_only=True):
    """A link."""

    id: str
    workspace_id: str
    kind: LinkKind
    short_url: str
    domain: str
    domain_id: str
    slug: str
    aliases: list[str]
    target_url: str
    fallback_url: str | None
    title: str | None
    description: str | None
    comments: str | None
    state: State
    active: bool
    archived: bool
    dynamic: bool
    template_type: str | None
    content: Json | None
    rules: list[RuleOut]
    starts_at: datetime | None
    expires_at: datetime | None
    expired_url: str | None
    scan_limit: int | None
    status: RedirectStatus
    query_policy: QueryPolicy
    path_policy: PathPolicy
    utm: dict[str, str]
    preview: PreviewOut | None
    cloak: bool
    indexable: bool
    interstitial_s: int
    public_stats: bool
    track_conversion: bool
    click_id_param: str | None
    track_visitor: bool
    sticky_s: int
    lead_goal: str | None
    lead_target: str | None
    has_password: bool
    metadata: dict[str, str]
    external_id: str | None
    tenant_id: str | None
    folder_id: str | None
    qr_design_id: str | None
    qr_enabled: bool
    webhook_ids: list[str]
    tags: list[LinkTag]
    scans: ScansOut
    health: HealthOut | None
    warnings: list[LinkWarning]
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str | None


_DEFAULTS = defaults_of(CreateLink)
_CLEARED = {**_DEFAULTS, "password": None, "preview": Preview()}
_OPTIONAL_TEXT = (
    "fallback_url", "title", "description", "comments", "template_type", "expired_url", "click_id_param",
    "lead_goal", "lead_target", "created_by",
)  # fmt: skip
_COPIED = (
    "id", "workspace_id", "kind", "domain_id", "slug", "target_url", "state", "archived", "dynamic",
    "content", "status", "query_policy", "path_policy", "utm", "cloak", "indexable", "interstitial_s",
    "public_stats",
    "track_conversion", "track_visitor", "sticky_s", "metadata", "external_id", "tenant_id", "folder_id",
    "qr_design_id", "qr_enabled", "version",
)  # fmt: skip


def to_create(body: LinkCreate) -> CreateLink:
    """The command of a new link."""
    values = command_values(body, _DEFAULTS)
    values["domain_id"] = body.domain_id or ""
    _to_model(values)
    return CreateLink(**values)


def to_update(body: LinkPatch) -> UpdateLink:
    """The command of a change. Raises Invalid when there is nothing to change."""
    values = command_values(body, _CLEARED)
    if not values:
        raise Invalid("", "The body names nothing to change.")
    _to_model(values)
    return UpdateLink(**values)


def upsert_patch(body: LinkCreate) -> LinkPatch:
    """The change that an upsert makes to a link that exists: the members that the body sets."""
    names = set(LinkPatch.__struct_fields__)
    given = {
        name: value
        for name in body.__struct_fields__
        if name in names and (value := getattr(body, name)) is not None
    }
    return LinkPatch(**given)


def _to_model(values: dict[str, Any]) -> None:
    if isinstance(values.get("preview"), PreviewIn):
        values["preview"] = values["preview"].to_model()
    if values.get("rules"):
        values["rules"] = to_rules(list(values["rules"]))


def to_link(view: LinkView) -> LinkOut:
    """A link as JSON."""
    link, scans = view.link, view.scans
    values: dict[str, Any] = {name: getattr(link, name) for name in _COPIED}
    values |= {name: getattr(link, name) or None for name in _OPTIONAL_TEXT}
    return LinkOut(
        **values,
        short_url=view.short_url,
        domain=view.domain,
        aliases=list(view.aliases),
        active=link.state == "active",
        rules=from_rules(link.rules),
        starts_at=to_time(link.starts_ms),
        expires_at=to_time(link.expires_ms),
        scan_limit=link.scan_limit or None,
        preview=_preview(link.preview),
        has_password=bool(link.password_hash),
        webhook_ids=list(link.webhook_ids),
        tags=[LinkTag(id=tag.id, name=tag.name, color=tag.color or None) for tag in view.tags],
        scans=ScansOut(
            total=scans.total,
            human=scans.human,
            unique=scans.unique,
            bot=scans.bot,
            qr=scans.qr,
            last_scan_at=to_time(scans.last_ms),
        ),
        health=_health(view.health),
        warnings=[_warning(each) for each in suspicions(link)],
        created_at=always_time(link.created_ms),
        updated_at=always_time(link.updated_ms),
    )


def _preview(preview: Preview) -> PreviewOut | None:
    if preview == Preview():
        return None
    return PreviewOut(
        enabled=preview.enabled,
        title=preview.title or None,
        description=preview.description or None,
        image=preview.image or None,
        video=preview.video or None,
    )


def _warning(found: Suspicion) -> LinkWarning:
    named = " and ".join(name.title() for name in found.scripts) or "letters that are none"
    detail = f"The host name part “{found.label}” mixes {named}; names that imitate others do."
    return LinkWarning(code="mixed_script", field=found.field, detail=detail)


def _health(known: LinkHealth | None) -> HealthOut | None:
    if known is None:
        return None
    return HealthOut(
        ok=not known.failure,
        status=known.status or None,
        failure=known.failure or None,
        checked_at=always_time(known.checked_ms),
        failing_since=to_time(known.failing_since_ms),
    )
