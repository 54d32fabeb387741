"""Link-in-bio pages in xQR's words. `description` and `page_data` are older names of `bio` and the rest."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.dialects.xqr import limits

BioSlug = Annotated[str, Meta(pattern=r"^[a-z0-9-]{3,64}$", description="3 to 64 of a-z, 0-9 and hyphen.")]
Url = Annotated[str, Meta(min_length=1, max_length=limits.URL_CHARACTERS_MAX)]


class BioLinkIn(Struct, frozen=True, kw_only=True):
    """A button: `title` (or `label`) and `url`."""

    title: str | None = None
    label: str | None = None
    url: Url
    icon: str | None = None


BioLinks = Annotated[list[BioLinkIn], Meta(max_length=limits.BIO_LINKS_MAX)]


class PageData(Struct, frozen=True, kw_only=True):
    """The looks and links of a page, in the vendor's other spelling."""

    theme: str | UnsetType | None = UNSET
    avatar_url: str | UnsetType | None = UNSET
    links: BioLinks | UnsetType | None = UNSET


class BioPageCreate(Struct, frozen=True, kw_only=True):
    """A new page. Only `title` is needed."""

    title: Annotated[str, Meta(min_length=1)]
    slug: BioSlug | None = None
    bio: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    avatar_url: str | UnsetType | None = UNSET
    theme: str | UnsetType | None = UNSET
    links: BioLinks | UnsetType | None = UNSET
    page_data: PageData | UnsetType | None = UNSET


class BioPageUpdate(Struct, frozen=True, kw_only=True):
    """What to change; null clears all but `title` and `slug`."""

    title: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    slug: BioSlug | UnsetType = UNSET
    bio: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    avatar_url: str | UnsetType | None = UNSET
    theme: str | UnsetType | None = UNSET
    links: BioLinks | UnsetType | None = UNSET
    page_data: PageData | UnsetType | None = UNSET


class BioLinkOut(Struct, frozen=True, kw_only=True):
    """A button."""

    title: str
    url: str
    icon: str | None


class BioPageOut(Struct, frozen=True, kw_only=True):
    """A page. The two counts are null while analytics is away."""

    id: str
    title: str
    slug: str
    bio: str | None
    avatar_url: str | None
    theme: str
    links: list[BioLinkOut]
    published: bool
    is_published: bool
    published_at: datetime | None
    public_url: str
    view_count: int | None
    click_count: int | None
    created_at: datetime
    updated_at: datetime


class BioLinkClicks(Struct, frozen=True, kw_only=True):
    """Clicks on one button of the page."""

    title: str
    url: str
    clicks: int


class BioStatsOut(Struct, frozen=True, kw_only=True):
    """What people did on a page."""

    views: int
    unique_visitors: int
    link_clicks: int
    links: list[BioLinkClicks]
