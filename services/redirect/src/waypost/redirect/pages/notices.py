"""The pages that say why a link does not go on."""

from msgspec import Struct

from waypost.redirect.pages.environment import render
from waypost.redirect.pages.moments import shown_duration, shown_instant
from waypost.redirect.pages.page import DEFAULT_SITE, NO_STORE, Page, Site
from waypost.redirect.pages.texts import texts


class _Notice(Struct, frozen=True):
    """`key` begins the names of its texts."""

    key: str
    status: int
    picture: str
    tone: str = ""
    retry: bool = False
    reportable: bool = True


_NOT_FOUND = _Notice("not_found", 404, "compass")
_EXPIRED = _Notice("expired", 410, "hourglass", "warm")
_BLOCKED = _Notice("blocked", 410, "shield-off", "danger", reportable=False)
_PAUSED = _Notice("paused", 404, "pause")
_NOT_YET = _Notice("not_yet", 404, "clock")
_LIMIT = _Notice("limit", 410, "ticket", "warm")
_QUOTA = _Notice("quota", 503, "gauge", "warm", retry=True)
_UNAVAILABLE = _Notice("unavailable", 503, "cloud", retry=True, reportable=False)
_SLOW_DOWN = _Notice("slow_down", 429, "hourglass", "warm", retry=True, reportable=False)
_UNREADABLE = _Notice("page_unreadable", 503, "cloud", retry=True)
_ROOT = _Notice("root", 200, "sign", reportable=False)


def render_not_found(
    *, nonce: str, site: Site = DEFAULT_SITE, language: str = "en", short_url: str = ""
) -> Page:
    """404: no such link."""
    return _notice(_NOT_FOUND, nonce, site, language, short_url)


def render_expired(
    *, nonce: str, site: Site = DEFAULT_SITE, language: str = "en", short_url: str = ""
) -> Page:
    """410: its time is over, and no expired address is set."""
    return _notice(_EXPIRED, nonce, site, language, short_url)


def render_blocked(
    *, nonce: str, site: Site = DEFAULT_SITE, language: str = "en", short_url: str = ""
) -> Page:
    """410: switched off for abuse. The page holds no link at all."""
    return _notice(_BLOCKED, nonce, site, language, short_url)


def render_paused(
    *, nonce: str, site: Site = DEFAULT_SITE, language: str = "en", short_url: str = ""
) -> Page:
    """404: its owner switched it off."""
    return _notice(_PAUSED, nonce, site, language, short_url)


def render_not_yet(
    *,
    starts_ms: int = 0,
    nonce: str,
    site: Site = DEFAULT_SITE,
    language: str = "en",
    short_url: str = "",
) -> Page:
    """404: not live before `starts_ms` (Unix milliseconds, 0 not to tell)."""
    text = texts(language)
    detail = text("not_yet_from", moment=shown_instant(text, starts_ms)) if starts_ms else ""
    return _notice(_NOT_YET, nonce, site, language, short_url, detail=detail)


def render_limit_reached(
    *, nonce: str, site: Site = DEFAULT_SITE, language: str = "en", short_url: str = ""
) -> Page:
    """410: its scan limit is used up."""
    return _notice(_LIMIT, nonce, site, language, short_url)


def render_over_quota(
    *,
    nonce: str,
    site: Site = DEFAULT_SITE,
    language: str = "en",
    short_url: str = "",
    retry_after_s: int = 3600,
) -> Page:
    """503: the workspace's plan is used up for this month."""
    return _notice(_QUOTA, nonce, site, language, short_url, retry_after_s=retry_after_s)


def render_unavailable(
    *, nonce: str, site: Site = DEFAULT_SITE, language: str = "en", retry_after_s: int = 5
) -> Page:
    """503: the edge cannot look links up."""
    return _notice(_UNAVAILABLE, nonce, site, language, "", retry_after_s=retry_after_s)


def render_slow_down(
    *, retry_after_s: int, nonce: str, site: Site = DEFAULT_SITE, language: str = "en"
) -> Page:
    """429: too many requests from one client."""
    detail = shown_duration(texts(language), retry_after_s)
    return _notice(_SLOW_DOWN, nonce, site, language, "", detail=detail, retry_after_s=retry_after_s)


def render_unreadable(
    *,
    nonce: str,
    site: Site = DEFAULT_SITE,
    language: str = "en",
    short_url: str = "",
    retry_after_s: int = 60,
) -> Page:
    """503: a content page of a kind that only a newer edge knows."""
    return _notice(_UNREADABLE, nonce, site, language, short_url, retry_after_s=retry_after_s)


def render_root(*, nonce: str, site: Site = DEFAULT_SITE, language: str = "en") -> Page:
    """200: the bare host, where no root address is set."""
    return _notice(_ROOT, nonce, site, language, "")


def _notice(
    notice: _Notice,
    nonce: str,
    site: Site,
    language: str,
    short_url: str,
    *,
    detail: str = "",
    retry_after_s: int = 0,
) -> Page:
    text = texts(language)
    return render(
        "notice.html",
        title=text(f"{notice.key}_title"),
        status=notice.status,
        reportable=notice.reportable,
        cache_control=NO_STORE,
        retry_after_s=retry_after_s,
        nonce=nonce,
        site=site,
        language=language,
        short_url=short_url,
        values={
            "body": text(f"{notice.key}_text"),
            "picture": notice.picture,
            "tone": notice.tone,
            "retry": notice.retry,
            "detail": detail,
        },
    )
