"""Links, their tags, and what may be sent to make or change them."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.dialects.linkbreakers.schemas.designs import DesignOut
from waypost.control.dialects.linkbreakers.schemas.domains import DomainOut
from waypost.control.dialects.linkbreakers.schemas.steps import StepOut
from waypost.control.dialects.linkbreakers.schemas.text import Flag, Text, Time
from waypost.control.dialects.linkbreakers.schemas.themes import ThemeOut


class LinkBasis(Struct, frozen=True, kw_only=True):
    """What every new link may have, whatever it leads to."""

    name: Text = UNSET
    shortlink: Text = UNSET
    custom_domain_id: Text = UNSET
    fallback_destination: Text = UNSET
    metadata: dict[str, str] | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    lead_goal_definition: Text = UNSET
    lead_target_definition: Text = UNSET
    qrcode_design_id: Text = UNSET
    qrcode_template_id: Text = UNSET
    qrcode_enabled: Flag = UNSET
    wait_for_qrcode: Flag = UNSET
    directory_id: Text = UNSET
    purpose: Text = UNSET
    expires_at: Time = UNSET
    expired_destination: Text = UNSET
    conversion_tracking: Flag = UNSET
    id: Text = UNSET


class LinkCreate(LinkBasis, frozen=True, kw_only=True):
    """A new link. Only `destination` is needed."""

    destination: Annotated[str, Meta(description="Absolute http or https URL.")]


class ContactLinkCreate(LinkBasis, frozen=True, kw_only=True):
    """A new link that shows a contact card."""

    vcard_data: dict[str, Any]


class ThankYouLinkCreate(LinkBasis, frozen=True, kw_only=True):
    """A new link that says thank you."""

    title: str
    description: Text = UNSET


class OpenMediaLinkCreate(LinkBasis, frozen=True, kw_only=True):
    """A new link that shows a file of the media library."""

    media_id: str


class LinkPatch(Struct, frozen=True, kw_only=True):
    """What to change. A member left out stays; null, "" or the member's `_delete` flag clears it."""

    name: Text = UNSET
    destination: str | UnsetType = UNSET
    shortlink: str | UnsetType = UNSET
    custom_domain_id: Text = UNSET
    fallback_destination: Text = UNSET
    metadata: dict[str, str] | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    tags_delete: Flag = UNSET
    lead_goal_definition: Text = UNSET
    lead_target_definition: Text = UNSET
    qrcode_design_id: Text = UNSET
    qrcode_template_id: Text = UNSET
    qrcode_template_id_delete: Flag = UNSET
    qrcode_enabled: bool | UnsetType = UNSET
    directory_id: Text = UNSET
    directory_id_delete: Flag = UNSET
    page_theme_id: Text = UNSET
    purpose: Text = UNSET
    expires_at: Time = UNSET
    expires_at_delete: Flag = UNSET
    expired_destination: Text = UNSET
    expired_destination_delete: Flag = UNSET
    conversion_tracking: Flag = UNSET


class BulkCreate(Struct, frozen=True, kw_only=True):
    """Links to be made together or not at all."""

    links: list[dict[str, Any]]


class ImagesWanted(Struct, frozen=True, kw_only=True):
    """Links whose image addresses are wanted."""

    link_ids: list[str]


class TagOut(Struct, frozen=True, kw_only=True):
    """A tag: an object, since the generated client refuses plain strings."""

    id: str
    name: str
    created_at: datetime | None = None
    updated_at: datetime | None = None


class LinkOut(Struct, frozen=True, kw_only=True):
    """A link. Text that is not set is ""; times that are not set are null."""

    id: str
    workspace_id: str
    name: str
    destination: str
    fallback_destination: str
    shortlink: str
    entrypoint: str
    custom_domain_id: str
    custom_domain: DomainOut | UnsetType = UNSET
    qrcode_enabled: bool
    qrcode_design_id: str
    qrcode_design: DesignOut | UnsetType = UNSET
    qrcode_template_id: str
    qrcode_signed_url: str
    qrcode_pending_update_since: datetime | None = None
    page_theme_id: str
    page_theme_template_id: str = ""
    page_theme: ThemeOut | UnsetType = UNSET
    directory_id: str
    tags: list[TagOut]
    metadata: dict[str, str]
    purpose: str
    lead_goal_definition: str
    lead_target_definition: str
    conversion_tracking: bool
    expires_at: datetime | None
    expired_destination: str
    event_count: int
    created_at: datetime
    updated_at: datetime


class LinkAnswer(Struct, frozen=True, kw_only=True):
    """One link."""

    link: LinkOut
    workflow_steps: list[StepOut] | UnsetType = UNSET


class LinksAnswer(Struct, frozen=True, kw_only=True):
    """Links; a list also says where it goes on (empty at the end) and how many there are in all."""

    links: list[LinkOut]
    next_page_token: str | UnsetType = UNSET
    total_count: int | UnsetType = UNSET


class Availability(Struct, frozen=True):
    """Whether a shortlink could be had."""

    available: bool


class RandomShortlink(Struct, frozen=True):
    """A shortlink that nobody has."""

    shortlink: str


class ImagesAnswer(Struct, frozen=True, kw_only=True):
    """Fresh image addresses by link id; unknown links are not among them."""

    qrcode_signed_urls: dict[str, str]


class TagsAnswer(Struct, frozen=True, kw_only=True):
    """Tags."""

    tags: list[TagOut]
    next_page_token: str = ""
