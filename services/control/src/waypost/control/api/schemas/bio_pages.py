"""Link-in-bio pages as JSON."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.api.mapping import always_time, to_time
from waypost.control.core.reports import Scoped
from waypost.control.model.bio import BioPage, BioStats, CreateBioPage, UpdateBioPage
from waypost.control.model.faults import Invalid
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import Json
from waypost.wire.content.limits import BIO_LINKS_MAX, PROFILES_MAX
from waypost.wire.content.look import PLATFORMS, THEMES

Title = Annotated[str, Meta(description="Whose page it is.", examples=["Ines Moreau"])]
Slug = Annotated[
    str,
    Meta(
        description="The name in the address, `/@name`; made from the title when left out. On a domain of one's own,"
        " the address is `/name`.",
        examples=["ines"],
    ),
]
Theme = Annotated[
    str,
    Meta(
        description="`auto` is light or dark as the visitor likes it.",
        extra_json_schema={"enum": list(THEMES)},
    ),
]
Icon = Annotated[str, Meta(description="What is found there.", extra_json_schema={"enum": list(PLATFORMS)})]
Colour = Annotated[str, Meta(description="As in `#1a73e8`; empty for the theme's own.")]


class BioLookIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A theme, and own colours on top. Text colours follow from them and stay readable."""

    theme: Theme = "auto"
    accent: Colour = ""
    background: Colour = ""


class BioProfileIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An icon in the row below the name."""

    platform: Icon
    url: str
    label: str = ""


class BioButtonIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A button. Its `id` stays with it, so that its clicks do; leave it out for a new one."""

    title: str
    url: str
    id: str = ""
    icon: Icon | None = None
    note: str = ""
    highlight: bool = False
    starts_at: Annotated[str, Meta(description="Not shown before; RFC 3339 with an offset.")] = ""
    ends_at: Annotated[str, Meta(description="Not shown from then on.")] = ""


Buttons = Annotated[
    list[BioButtonIn], Meta(max_length=BIO_LINKS_MAX, description="In the order they are shown.")
]
Profiles = Annotated[list[BioProfileIn], Meta(max_length=PROFILES_MAX)]
_CONTENT = ("title", "bio", "avatar", "language", "look", "profiles", "links")


class BioPageCreate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new page. Nobody sees it before it is published."""

    title: Title
    slug: Slug | None = None
    domain_id: str | None = None
    bio: str | None = None
    avatar: str | None = None
    language: str | None = None
    look: BioLookIn | None = None
    profiles: Profiles | None = None
    links: Buttons | None = None
    indexable: bool = False
    published: bool = False


class BioPagePatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change. A member that is left out stays; null clears it. Lists are replaced as a whole."""

    title: Title | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    domain_id: str | UnsetType | None = UNSET
    bio: str | UnsetType | None = UNSET
    avatar: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    look: BioLookIn | UnsetType | None = UNSET
    profiles: Profiles | UnsetType | None = UNSET
    links: Buttons | UnsetType | None = UNSET
    indexable: bool | UnsetType = UNSET


class BioPageOut(Struct, frozen=True, kw_only=True):
    """A page as its author sees it: the draft where there is one."""

    id: str
    workspace_id: str
    url: str
    domain_id: str
    slug: str
    published: bool
    published_at: datetime | None
    has_changes: bool
    """Whether visitors see an older version than this one."""
    title: str
    bio: str | None
    avatar: str | None
    language: str
    look: BioLookIn
    profiles: list[BioProfileIn]
    links: list[BioButtonIn]
    indexable: bool
    version: int
    created_at: datetime
    updated_at: datetime


class BioButtonStats(Struct, frozen=True, kw_only=True):
    """Clicks on one button; without title and address when it is no longer on the page."""

    id: str
    title: str | None
    url: str | None
    clicks: int
    visitors: int


class BioPageStats(Struct, frozen=True, kw_only=True):
    """What people did in a period of whole hours. `visitors` counts each of them once a day."""

    start: datetime
    end: datetime
    views: int
    visitors: int
    clicks: int
    links: list[BioButtonStats]


def to_create(body: BioPageCreate) -> CreateBioPage:
    """The command of a new page."""
    content = {name: _plain(getattr(body, name)) for name in _CONTENT if getattr(body, name) is not None}
    return CreateBioPage(
        content=content,
        slug=body.slug or "",
        domain_id=body.domain_id or "",
        indexable=body.indexable,
        published=body.published,
    )


def to_update(body: BioPagePatch) -> UpdateBioPage:
    """The command of a change. Raises Invalid when there is nothing to change."""
    given = {name: value for name in body.__struct_fields__ if (value := getattr(body, name)) is not UNSET}
    if not given:
        raise Invalid("", "The body names nothing to change.")
    content = {name: _plain(given[name]) for name in _CONTENT if name in given}
    beside = {name: value for name, value in given.items() if name not in _CONTENT}
    if "domain_id" in beside:
        beside["domain_id"] = beside["domain_id"] or DEFAULT_DOMAIN
    return UpdateBioPage(content=content, **beside)


def to_page(page: BioPage) -> BioPageOut:
    """A page as JSON."""
    link, content = page.view.link, page.content
    return BioPageOut(
        id=page.id,
        workspace_id=link.workspace_id,
        url=page.view.short_url,
        domain_id=link.domain_id,
        slug=page.slug,
        published=page.is_published,
        published_at=to_time(page.state.published_ms),
        has_changes=page.is_published and page.state.draft is not None,
        title=content["title"],
        bio=content.get("bio") or None,
        avatar=content.get("avatar") or None,
        language=content.get("language", "en"),
        look=msgspec.convert(content.get("look", {}), BioLookIn),
        profiles=msgspec.convert(content.get("profiles", ()), list[BioProfileIn]),
        links=msgspec.convert(content.get("links", ()), list[BioButtonIn]),
        indexable=link.indexable,
        version=page.version,
        created_at=always_time(link.created_ms),
        updated_at=always_time(link.updated_ms),
    )


def to_stats(scoped: Scoped, stats: BioStats) -> BioPageStats:
    """What people did as JSON."""
    return BioPageStats(
        start=always_time(scoped.from_ms),
        end=always_time(scoped.to_ms),
        views=stats.views,
        visitors=stats.visitors,
        clicks=stats.clicks,
        links=[
            BioButtonStats(
                id=button.id,
                title=button.title or None,
                url=button.url or None,
                clicks=button.clicks,
                visitors=button.visitors,
            )
            for button in stats.buttons
        ],
    )


def _plain(value: object) -> Json | Any:
    return msgspec.to_builtins(value)
