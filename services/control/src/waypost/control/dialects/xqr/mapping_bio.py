"""Link-in-bio pages between xQR's words and the model. Pure."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.xqr.mapping_values import always_time, ms_to_time
from waypost.control.dialects.xqr.schemas_bio import (
    BioLinkClicks,
    BioLinkIn,
    BioLinkOut,
    BioPageCreate,
    BioPageOut,
    BioPageUpdate,
    BioStatsOut,
)
from waypost.control.model.bio import BioPage, BioStats, CreateBioPage, UpdateBioPage
from waypost.control.model.faults import Invalid
from waypost.control.model.installation import Installation
from waypost.control.model.links import Json
from waypost.wire.assets import PREFIX
from waypost.wire.content.look import PLATFORMS, THEMES

DEFAULT_THEME = "light"
_OTHER_ICON = "other"
_SCHEMES = ("http://", "https://", "mailto:", "tel:")


class Counts(Struct, frozen=True):
    """How often a page was seen and its buttons were clicked, by people."""

    views: int = 0
    clicks: int = 0


def avatar_of(body: BioPageCreate | BioPageUpdate) -> str | UnsetType | None:
    """The picture's address that a body gives, in either spelling."""
    url: str | UnsetType | None = _given(body, "avatar_url")
    return url


def to_create(body: BioPageCreate, avatar: str | UnsetType | None) -> CreateBioPage:
    """The command of a new page; `avatar` is the picture as a page takes it. Raises Invalid."""
    theme = _given(body, "theme")
    content = {"title": body.title, **_content(body, avatar, ())}
    if theme is UNSET or theme is None:
        content["look"] = {"theme": DEFAULT_THEME}
    return CreateBioPage(content=content, slug=body.slug or "")


def to_update(body: BioPageUpdate, avatar: str | UnsetType | None, current: BioPage) -> UpdateBioPage:
    """The command of a change. What xQR cannot say of a page stays: colours, schedules, notes. Raises Invalid."""
    content = _content(body, avatar, current.content.get("links", ()))
    if "look" in content:
        content["look"] = {**current.content.get("look", {}), **content["look"]}
    if body.title is not UNSET:
        content["title"] = body.title
    return UpdateBioPage(content=content, slug=body.slug)


def to_page(page: BioPage, counts: Counts | None, installation: Installation) -> BioPageOut:
    """A page as xQR shows it."""
    link, content = page.view.link, page.content
    avatar = content.get("avatar") or None
    if avatar is not None and avatar.startswith(PREFIX):
        avatar = installation.public_url.rstrip("/") + avatar
    return BioPageOut(
        id=page.id,
        title=content["title"],
        slug=page.slug,
        bio=content.get("bio") or None,
        avatar_url=avatar,
        theme=content.get("look", {}).get("theme", THEMES[0]),
        links=[
            BioLinkOut(title=button["title"], url=button["url"], icon=button.get("icon"))
            for button in content.get("links", ())
        ],
        published=page.is_published,
        is_published=page.is_published,
        published_at=ms_to_time(page.state.published_ms),
        public_url=page.view.short_url,
        view_count=None if counts is None else counts.views,
        click_count=None if counts is None else counts.clicks,
        created_at=always_time(link.created_ms),
        updated_at=always_time(link.updated_ms),
    )


def to_stats(stats: BioStats) -> BioStatsOut:
    """What people did, as xQR shows it; buttons that are gone count in the sum alone."""
    return BioStatsOut(
        views=stats.views,
        unique_visitors=stats.visitors,
        link_clicks=stats.clicks,
        links=[
            BioLinkClicks(title=button.title, url=button.url, clicks=button.clicks)
            for button in stats.buttons
            if button.title
        ],
    )


def _given(body: BioPageCreate | BioPageUpdate, name: str) -> Any:
    """A member of the body, or else of its `page_data`; UNSET when neither has it."""
    value = getattr(body, name)
    if value is UNSET and body.page_data not in (UNSET, None):
        return getattr(body.page_data, name)
    return value


def _content(
    body: BioPageCreate | BioPageUpdate, avatar: str | UnsetType | None, buttons: Sequence[Json]
) -> Json:
    """The members of the page that a body gives, in native names; None clears."""
    content: Json = {}
    about = body.bio if body.bio is not UNSET else body.description
    if about is not UNSET:
        content["bio"] = about
    if avatar is not UNSET:
        content["avatar"] = avatar
    theme, links = _given(body, "theme"), _given(body, "links")
    if theme is not UNSET:
        content["look"] = {"theme": DEFAULT_THEME if theme is None else theme}
        if content["look"]["theme"] not in THEMES:
            raise Invalid("theme", f"must be one of {', '.join(THEMES)}")
    if links is not UNSET:
        content["links"] = _links(links or (), buttons)
    return content


def _links(given: Sequence[BioLinkIn], buttons: Sequence[Json]) -> list[Json]:
    """Buttons as the page keeps them. One that leads where another did before is that one, and keeps its id
    (by which clicks are counted), its note and its schedule.
    """
    left = list(buttons)
    result = []
    for index, link in enumerate(given):
        title = link.title or link.label
        if not title:
            raise Invalid(f"links[{index}].title", "is required")
        if not link.url.lower().startswith(_SCHEMES):
            raise Invalid(f"links[{index}].url", "must be an http, https, mailto or tel address")
        same = next((old for old in left if old["url"] == link.url), None)
        if same is not None:
            left.remove(same)
        button = {**(same or {}), "title": title, "url": link.url}
        button.pop("icon", None)
        if link.icon:
            button["icon"] = link.icon if link.icon in PLATFORMS else _OTHER_ICON
        result.append(button)
    return result
