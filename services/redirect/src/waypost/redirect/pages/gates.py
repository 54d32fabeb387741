"""The pages between a visitor and a destination: password, countdown, safe preview, social card, frame."""

from urllib.parse import urlsplit

from waypost.redirect.pages.environment import host_of, render
from waypost.redirect.pages.moments import shown_duration
from waypost.redirect.pages.page import DEFAULT_SITE, NO_STORE, Needs, Page, Site
from waypost.redirect.pages.texts import texts
from waypost.wire.content.fields import is_web_url
from waypost.wire.destination import is_safe
from waypost.wire.link import PreviewV1


class UnsafeTarget(ValueError):
    """A destination that must not be shown as a link: the record holding it is damaged."""


def render_password(
    *,
    wrong: bool = False,
    nonce: str,
    site: Site = DEFAULT_SITE,
    language: str = "en",
    short_url: str = "",
) -> Page:
    """The form that asks for a link's password: 200, or 401 after a wrong one.

    It posts `password` to the address it was served from. Answer a right one with `render_onward`, not
    with a redirect: browsers apply `form-action 'self'` to every hop that follows a form.
    """
    return render(
        "password.html",
        title=texts(language)("password_title"),
        status=401 if wrong else 200,
        styles=("gate",),
        scripts=("reveal",),
        cache_control=NO_STORE,
        nonce=nonce,
        site=site,
        language=language,
        short_url=short_url,
        values={
            "wrong": wrong,
        },
    )


def render_password_wait(
    *, retry_after_s: int, nonce: str, site: Site = DEFAULT_SITE, language: str = "en", short_url: str = ""
) -> Page:
    """429: too many wrong passwords."""
    text = texts(language)
    return render(
        "notice.html",
        title=text("password_wait_title"),
        status=429,
        cache_control=NO_STORE,
        retry_after_s=retry_after_s,
        nonce=nonce,
        site=site,
        language=language,
        short_url=short_url,
        values={
            "body": text("password_wait_text", duration=shown_duration(text, retry_after_s)),
            "picture": "lock",
            "tone": "warm",
            "retry": False,
            "detail": "",
        },
    )


def render_onward(
    *, target: bytes, nonce: str, site: Site = DEFAULT_SITE, language: str = "en", short_url: str = ""
) -> Page:
    """Go to `target` at once, without an HTTP redirect: the answer to a right password or a sent form."""
    return render(
        "onward.html",
        title=texts(language)("onward_title"),
        styles=("notes",),
        cache_control=NO_STORE,
        nonce=nonce,
        site=site,
        language=language,
        short_url=short_url,
        values={
            "target": _checked(target),
        },
    )


def render_interstitial(
    *,
    target: bytes,
    seconds: int,
    nonce: str,
    site: Site = DEFAULT_SITE,
    language: str = "en",
    short_url: str = "",
) -> Page:
    """Show where a link leads, and go there after `seconds`; the visitor can stop the clock or go now."""
    address = _checked(target)
    return render(
        "interstitial.html",
        title=texts(language)("interstitial_title"),
        styles=("gate",),
        scripts=("countdown",),
        cache_control=NO_STORE,
        nonce=nonce,
        site=site,
        language=language,
        short_url=short_url,
        values={
            "target": address,
            "host": host_of(address),
            "seconds": max(1, seconds),
        },
    )


def render_preview(
    *,
    target: bytes = b"",
    link_title: str = "",
    varies: bool = False,
    locked: bool = False,
    nonce: str,
    site: Site = DEFAULT_SITE,
    language: str = "en",
    short_url: str,
) -> Page:
    """The page behind `+`: where a link goes, opening nothing.

    `target` is empty for a link that shows a page; with `locked` neither target nor title is shown.
    `varies` says that rules may choose another destination. The button leads to `short_url`.
    """
    address = _checked(target) if target and not locked else ""
    return render(
        "preview.html",
        title=texts(language)("preview_title"),
        styles=("gate",),
        cache_control=NO_STORE,
        nonce=nonce,
        site=site,
        language=language,
        short_url=short_url,
        values={
            "target": address,
            "host": host_of(address),
            "secure": address.startswith("https:"),
            "insecure": address.startswith("http:"),
            "link_title": link_title,
            "varies": varies,
            "locked": locked,
            "open_href": short_url,
        },
    )


def render_social_preview(
    *,
    preview: PreviewV1,
    short_url: str,
    target: bytes = b"",
    indexable: bool = False,
    nonce: str,
    site: Site = DEFAULT_SITE,
    language: str = "en",
) -> Page:
    """The card that preview robots read (Open Graph, Twitter), and a page for people who ask for it.

    Pass no `target` for a locked link. Addresses in `preview` that are not http(s) are left out.
    """
    return render(
        "social_preview.html",
        title=preview.title or host_of(short_url),
        styles=("gate",),
        indexable=indexable,
        nonce=nonce,
        site=site,
        language=language,
        short_url=short_url,
        values={
            "preview": preview,
            "image": preview.image if is_web_url(preview.image) else "",
            "video": preview.video if is_web_url(preview.video) else "",
            "host": host_of(short_url),
            "target": _checked(target) if target else "",
        },
    )


def render_cloak(
    *,
    target: bytes,
    title: str = "",
    indexable: bool = False,
    nonce: str,
    site: Site = DEFAULT_SITE,
    language: str = "en",
    short_url: str = "",
) -> Page:
    """The destination in a frame that fills the window, under the short address.

    The frame may not navigate the window. A destination that forbids frames stays blank: control
    should find that out when the link is written. Raises UnsafeTarget for what is not http(s).
    """
    address = _checked(target)
    if not is_web_url(address):
        raise UnsafeTarget(address[:40])
    host = host_of(address)
    return render(
        "cloak.html",
        title=title or host,
        needs=Needs(frame="https:" if urlsplit(address).scheme == "https" else "http: https:"),
        styles=("frame",),
        indexable=indexable,
        nonce=nonce,
        site=site,
        language=language,
        short_url=short_url,
        values={
            "target": address,
            "host": host,
        },
    )


def _checked(target: bytes) -> str:
    if not is_safe(target):
        raise UnsafeTarget(repr(target[:40]))
    return target.decode("ascii")
