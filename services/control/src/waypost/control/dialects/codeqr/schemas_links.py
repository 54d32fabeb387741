"""Links in CodeQR's words."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.dialects.codeqr import limits

Key = Annotated[
    str,
    Meta(
        pattern=rf"^(?![/])(?:[\w./-]){{1,{limits.KEY_CHARACTERS_MAX}}}(?<![/])$",
        description="Letters of any script, digits, `-`, `_`, `.`, `/`; no slash at either end.",
    ),
]
Text = str | UnsetType | None
Flag = bool | UnsetType | None
Names = str | list[str] | UnsetType | None


class VariantShare(Struct, frozen=True):
    """One destination of a test and its share of the visitors."""

    url: str
    percentage: Annotated[int, Meta(ge=1, le=100)]


Attribute: TypeAlias = Literal[
    "device", "country", "city", "region", "continent", "language", "referrer",
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
]  # fmt: skip
"""What smart rules ask for; `device` is the operating system."""


class SplitShare(Struct, frozen=True):
    """One destination of a split and its weight; weights add up to 100."""

    url: str
    weight: Annotated[int, Meta(ge=1, le=100)]


class SmartRule(Struct, frozen=True, kw_only=True):
    """Where visitors go for whom it holds: to `url`, or by a draw to one of `split`. The first that holds wins."""

    attribute: Attribute | None = None
    operator: Literal["equals", "not_equals"] = "equals"
    value: str | list[str] | None = None
    url: str | None = None
    split: list[SplitShare] | None = None


class LinkPatch(Struct, frozen=True, kw_only=True):
    """What to change; null clears, an absent member stays."""

    url: str | UnsetType = UNSET
    domain: Text = UNSET
    key: Key | UnsetType | None = UNSET
    external_id: Text = msgspec.field(name="externalId", default=UNSET)
    tenant_id: Text = msgspec.field(name="tenantId", default=UNSET)
    folder_id: Text = msgspec.field(name="folderId", default=UNSET)
    track_conversion: Flag = msgspec.field(name="trackConversion", default=UNSET)
    archived: Flag = UNSET
    proxy: Flag = UNSET
    rewrite: Flag = UNSET
    do_index: Flag = msgspec.field(name="doIndex", default=UNSET)
    public_stats: Flag = msgspec.field(name="publicStats", default=UNSET)
    title: Text = UNSET
    description: Text = UNSET
    image: Text = UNSET
    video: Text = UNSET
    password: Text = UNSET
    expires_at: Text = msgspec.field(name="expiresAt", default=UNSET)
    expired_url: Text = msgspec.field(name="expiredUrl", default=UNSET)
    ios: Text = UNSET
    android: Text = UNSET
    geo: dict[str, str] | UnsetType | None = UNSET
    utm_source: Text = UNSET
    utm_medium: Text = UNSET
    utm_campaign: Text = UNSET
    utm_term: Text = UNSET
    utm_content: Text = UNSET
    ref: Text = UNSET
    tag_ids: Names = msgspec.field(name="tagIds", default=UNSET)
    tag_names: Names = msgspec.field(name="tagNames", default=UNSET)
    tag_id: Text = msgspec.field(name="tagId", default=UNSET)
    comments: Text = UNSET
    webhook_ids: list[str] | UnsetType | None = msgspec.field(name="webhookIds", default=UNSET)
    test_variants: list[VariantShare] | UnsetType | None = msgspec.field(name="testVariants", default=UNSET)
    rules: list[SmartRule] | UnsetType | None = UNSET
    test_started_at: Text = msgspec.field(name="testStartedAt", default=UNSET)
    test_completed_at: Text = msgspec.field(name="testCompletedAt", default=UNSET)
    flexible: Flag = UNSET
    pre_redirection: Flag = msgspec.field(name="preRedirection", default=UNSET)
    page_id: Text = msgspec.field(name="pageId", default=UNSET)
    page_url: Text = msgspec.field(name="pageUrl", default=UNSET)
    is_form_mandatory: Flag = msgspec.field(name="isFormMandatory", default=UNSET)


class LinkCreate(LinkPatch, frozen=True, kw_only=True):
    """A new link. Only `url` is needed."""

    url: str
    prefix: str | None = None
    key_length: (
        Annotated[int, Meta(ge=limits.RANDOM_KEY_CHARACTERS_MIN, le=limits.KEY_CHARACTERS_MAX)] | None
    ) = msgspec.field(name="keyLength", default=None)


class BulkPatch(Struct, frozen=True, kw_only=True, rename="camel"):
    """One change for many links; `linkIds` win when both lists are there."""

    link_ids: list[str] | None = None
    external_ids: list[str] | None = None
    data: dict[str, Any]


class TagOut(Struct, frozen=True):
    """A tag: exactly these three members."""

    id: str
    name: str
    color: str


class LinkOut(Struct, frozen=True, kw_only=True):
    """A link; every member is always there."""

    id: str
    domain: str
    key: str
    url: str
    short_link: str = msgspec.field(name="shortLink")
    qr_code: str = msgspec.field(name="qrCode")
    external_id: str | None = msgspec.field(name="externalId")
    tenant_id: str | None = msgspec.field(name="tenantId")
    program_id: str | None = msgspec.field(name="programId", default=None)
    partner_id: str | None = msgspec.field(name="partnerId", default=None)
    folder_id: str | None = msgspec.field(name="folderId")
    track_conversion: bool = msgspec.field(name="trackConversion")
    archived: bool
    proxy: bool
    rewrite: bool
    do_index: bool = msgspec.field(name="doIndex")
    public_stats: bool = msgspec.field(name="publicStats")
    expires_at: str | None = msgspec.field(name="expiresAt")
    expired_url: str | None = msgspec.field(name="expiredUrl")
    disabled_at: str | None = msgspec.field(name="disabledAt")
    password: str | None
    title: str | None
    description: str | None
    image: str | None
    video: str | None
    ios: str | None
    android: str | None
    geo: dict[str, str] | None
    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None
    utm_term: str | None
    utm_content: str | None
    tags: list[TagOut]
    tag_id: str | None = msgspec.field(name="tagId")
    comments: str | None
    webhook_ids: list[str] = msgspec.field(name="webhookIds")
    user_id: str = msgspec.field(name="userId")
    project_id: str = msgspec.field(name="projectId")
    workspace_id: str = msgspec.field(name="workspaceId")
    clicks: int
    leads: int
    sales: int
    sale_amount: int = msgspec.field(name="saleAmount")
    conversions: int
    last_clicked: str | None = msgspec.field(name="lastClicked")
    created_at: str = msgspec.field(name="createdAt")
    updated_at: str = msgspec.field(name="updatedAt")
    test_variants: list[VariantShare] | None = msgspec.field(name="testVariants")
    rules: list[SmartRule] | None
    test_started_at: str | None = msgspec.field(name="testStartedAt")
    test_completed_at: str | None = msgspec.field(name="testCompletedAt")
    flexible: bool
    filled: bool
    pre_redirection: bool = msgspec.field(name="preRedirection")
    is_form_mandatory: bool = msgspec.field(name="isFormMandatory")
    page_id: str | None = msgspec.field(name="pageId")
    page_url: str | None = msgspec.field(name="pageUrl")
    notification_token: str | None = msgspec.field(name="notificationToken", default=None)


class BulkError(Struct, frozen=True):
    """An item of a bulk that failed, beside the links that did not."""

    link: dict[str, Any]
    error: str
    code: str


class Deleted(Struct, frozen=True):
    """The id of what is gone."""

    id: str


class DeletedCount(Struct, frozen=True):
    """How many links are gone."""

    deleted_count: int = msgspec.field(name="deletedCount")
