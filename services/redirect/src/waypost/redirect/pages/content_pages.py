"""Content pages: one function per kind turns its data into what its template shows."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal, TypeAlias
from urllib.parse import quote

from msgspec import Struct

from waypost.redirect.pages.environment import host_of, render, safe_href
from waypost.redirect.pages.moments import in_zone, is_over, shown_date, shown_time, shown_written
from waypost.redirect.pages.page import DEFAULT_SITE, NO_STORE, Needs, Page, Site
from waypost.redirect.pages.texts import MARK_NAMES, Text, texts
from waypost.wire.content.app import App
from waypost.wire.content.bio import Bio, link_name
from waypost.wire.content.contact import Vcard
from waypost.wire.content.event import Event
from waypost.wire.content.fields import is_step
from waypost.wire.content.files import FileOffer, Gallery, Media
from waypost.wire.content.form import TOKEN_FIELD, TRAP_FIELD, Answers, Form
from waypost.wire.content.limits import FORM_ANSWER_CHARACTERS_MAX
from waypost.wire.content.look import Content
from waypost.wire.content.menu import Menu
from waypost.wire.content.notes import Coupon, Message, PlainText, ThankYou
from waypost.wire.content.profiles import Social
from waypost.wire.content.review import Review
from waypost.wire.content.wifi import Wifi

_SUMMARY_CHARACTERS_MAX = 200
FormNotice: TypeAlias = Literal["", "again", "later"]
"""`again`: it came too soon or too late to be a person's answer; `later`: it could not be kept."""
_NOTICE_STATUS: Mapping[FormNotice, int] = {"": 200, "again": 422, "later": 503}
_MAPS = "https://www.openstreetmap.org/search?query="


class Visit(Struct, frozen=True):
    """What the edge knows of this request. `at_ms` is now, in Unix milliseconds."""

    at_ms: int
    short_url: str = ""
    page_name: str = ""
    """Which of the link's pages this is, for addresses inside of it; "" is the link's own."""
    system: str = ""
    """iOS, Android, Windows, Mac or anything else: the store that an app page shows first."""
    qr_svg: bytes = b""
    """`ContentV1.qr_svg`."""
    form_token: str = ""
    answers: Answers | None = None
    """What the visitor sent, to be mended."""
    form_notice: FormNotice = ""
    """Why a form without faults must be sent again."""
    indexable: bool = False

    @property
    def page_query(self) -> str:
        """What goes behind a query so that it comes back to this page."""
        return f"&page={quote(self.page_name, safe='')}" if self.page_name else ""


class _Sheet(Struct, frozen=True):
    """What one kind needs to be shown: its template, style and values."""

    template: str
    title: str
    summary: str = ""
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    needs: Needs = Needs()
    layout: str = "middle"
    cache_control: bytes = b"private, no-cache"
    status: int = 200
    values: Mapping[str, object] = {}


def render_content(content: Content, visit: Visit, *, nonce: str, site: Site = DEFAULT_SITE) -> Page:
    """The page of any kind of content."""
    sheet = _SHEETS[type(content)](content, visit, texts(content.language))
    return render(
        sheet.template,
        title=sheet.title,
        summary=sheet.summary[:_SUMMARY_CHARACTERS_MAX],
        look=content.look,
        styles=sheet.styles,
        scripts=sheet.scripts,
        needs=sheet.needs,
        layout=sheet.layout,
        status=sheet.status,
        cache_control=sheet.cache_control,
        indexable=visit.indexable,
        nonce=nonce,
        site=site,
        language=content.language,
        short_url=visit.short_url,
        values={"content": content, "page_query": visit.page_query, **sheet.values},
    )


def render_form_done(form: Form, visit: Visit, *, nonce: str, site: Site = DEFAULT_SITE) -> Page:
    """What is said after a form was sent; also to robots, so that they learn nothing."""
    text = texts(form.language)
    thanks = ThankYou(
        title=form.done_title or text("form_done_title"),
        body=form.done_text or text("form_done_text"),
        button=form.done_button,
        language=form.language,
        look=form.look,
    )
    return render_content(thanks, visit, nonce=nonce, site=site)


def _vcard(card: Vcard, _visit: Visit, text: Text) -> _Sheet:
    details = (
        card.phone,
        card.mobile,
        card.email,
        card.website,
        card.place,
        card.birthday,
        card.note,
        card.links,
    )
    values = {
        "number": card.mobile or card.phone,
        "map_href": _map_address(", ".join(card.place)),
        "birthday": shown_written(text, card.birthday) if card.birthday else "",
        "has_details": any(details),
    }
    summary = ", ".join(filter(None, (card.title, card.org)))
    return _Sheet("vcard.html", card.full_name, summary, ("contact",), layout="", values=values)


def _wifi(wifi: Wifi, visit: Visit, text: Text) -> _Sheet:
    picture = f"data:image/svg+xml,{quote(visit.qr_svg)}" if visit.qr_svg else ""
    return _Sheet(
        "wifi.html",
        text("wifi_title"),
        styles=("wifi",),
        scripts=("copy",) if wifi.password else (),
        needs=Needs(data_images=bool(picture)),
        cache_control=NO_STORE,
        values={"qr_data": picture},
    )


def _menu(menu: Menu, _visit: Visit, text: Text) -> _Sheet:
    def allergen_names(names: tuple[str, ...]) -> str:
        """Allergens as one line."""
        return ", ".join(MARK_NAMES.get(name, name) for name in names)

    has_allergens = any(dish.allergens for section in menu.sections for dish in section.items)
    values = {"allergen_names": allergen_names, "has_allergens": has_allergens}
    title = menu.title or text("menu")
    return _Sheet("menu.html", title, menu.subtitle, ("menu",), layout="wide", values=values)


def _review(review: Review, _visit: Visit, text: Text) -> _Sheet:
    title = review.question or text("review_title")
    return _Sheet("review.html", title, review.text, ("review",))


def _social(social: Social, _visit: Visit, text: Text) -> _Sheet:
    return _Sheet("social.html", social.title or text("bio_profiles"), social.bio, ("bio",), layout="")


def _bio(bio: Bio, visit: Visit, _text: Text) -> _Sheet:
    open_links = [
        (link, link.url if is_step(link.url) else f"?to={link_name(link, index)}{visit.page_query}")
        for index, link in enumerate(bio.links)
        if link.is_open(visit.at_ms) and safe_href(link.url)
    ]
    return _Sheet("bio.html", bio.title, bio.bio, ("bio",), layout="", values={"open_links": open_links})


class _Store(Struct, frozen=True):
    system: str
    picture: str
    lead: str
    name: str
    url: str


def _app(app: App, visit: Visit, text: Text) -> _Sheet:
    stores = [
        _Store("iOS", "smartphone", text("app_on"), text("app_ios"), app.ios_url),
        _Store("Android", "play", text("app_on"), text("app_android"), app.android_url),
        _Store("Mac", "monitor", text("app_on"), text("app_mac"), app.mac_url),
        _Store("Windows", "monitor", text("app_from"), text("app_windows"), app.windows_url),
        _Store("web", "globe", text("app_web"), host_of(app.fallback_url), app.fallback_url),
    ]
    stores = sorted((store for store in stores if store.url), key=lambda store: store.system != visit.system)
    return _Sheet("app.html", app.name or text("app_get"), app.tagline, ("app",), values={"stores": stores})


def _event(event: Event, _visit: Visit, text: Text) -> _Sheet:
    if event.all_day:
        first, last = (
            date.fromisoformat(event.starts_at),
            date.fromisoformat(event.ends_at or event.starts_at),
        )
        when, zone = shown_date(text, first), text("event_all_day")
        if last != first:
            when = f"{when} – {shown_date(text, last)}"
    else:
        start = in_zone(event.starts_at, event.timezone)
        first = start.date()
        when, zone = shown_time(text, start), event.timezone or f"UTC{start.isoformat()[-6:]}"
        if event.ends_at:
            end = in_zone(event.ends_at, event.timezone)
            shown_end = f"{end:%H:%M}" if end.date() == first else shown_time(text, end)
            when = f"{when} – {shown_end}"
    place = ", ".join(filter(None, (event.location, event.address)))
    values = {
        "month": text("months_short").split()[first.month - 1],
        "day": first.day,
        "when": when,
        "zone": zone,
        "map_href": safe_href(event.map_url) or _map_address(event.address),
    }
    summary = ", ".join(filter(None, (when, place)))
    return _Sheet("event.html", event.title, summary, ("event", "gate"), values=values)


def _file(offer: FileOffer, _visit: Visit, text: Text) -> _Sheet:
    name = offer.file_name or offer.file_url.split("?")[0].rsplit("/", 1)[-1]
    ending = name.rsplit(".", 1)[-1] if "." in name else ""
    extension = ending.upper() if 0 < len(ending) <= 4 and ending.isalnum() else "FILE"
    facts = [fact for fact in (offer.file_name, shown_size(offer.size_bytes)) if fact]
    values = {"extension": extension, "facts": facts}
    return _Sheet(
        "file.html", offer.title or text("file_title"), offer.description, ("files",), values=values
    )


def _gallery(gallery: Gallery, _visit: Visit, text: Text) -> _Sheet:
    title = gallery.title or text("gallery")
    return _Sheet("gallery.html", title, gallery.description, ("files",), layout="wide")


def _media(media: Media, visit: Visit, _text: Text) -> _Sheet:
    title = media.title or host_of(visit.short_url) or media.type
    needs = Needs(media=media.type != "image")
    return _Sheet("media.html", title, media.description, ("files",), needs=needs, layout="wide")


def _plain_text(note: PlainText, visit: Visit, _text: Text) -> _Sheet:
    title = note.title or host_of(visit.short_url) or note.body[:60]
    scripts = ("copy",) if note.copyable else ()
    return _Sheet("text.html", title, note.body, ("notes",), scripts)


def _coupon(coupon: Coupon, visit: Visit, text: Text) -> _Sheet:
    over = is_over(coupon.valid_until, visit.at_ms)
    until = shown_written(text, coupon.valid_until) if coupon.valid_until else ""
    return _Sheet(
        "coupon.html",
        coupon.offer,
        coupon.description,
        ("notes",),
        ("copy",) if coupon.code and not over else (),
        values={"until": until, "over": over},
    )


def _message(message: Message, _visit: Visit, _text: Text) -> _Sheet:
    waits = bool(message.seconds and message.button is not None and safe_href(message.button.url))
    return _Sheet(
        "message.html",
        message.title,
        message.body,
        ("notes", "gate") if waits else ("notes",),
        ("countdown",) if waits else (),
        values={"thanks": False, "waits": waits},
    )


def _thank_you(thanks: ThankYou, _visit: Visit, _text: Text) -> _Sheet:
    return _Sheet(
        "message.html", thanks.title, thanks.body, ("notes",), values={"thanks": True, "waits": False}
    )


def _form(form: Form, visit: Visit, _text: Text) -> _Sheet:
    answers = visit.answers
    problems = answers.problems if answers is not None else {}
    values = {
        "problems": problems,
        "notice": visit.form_notice,
        "values": answers.values if answers is not None else {},
        "consent_given": answers is not None and answers.consent,
        "token": visit.form_token,
        "token_field": TOKEN_FIELD,
        "trap": TRAP_FIELD,
        "answer_characters_max": FORM_ANSWER_CHARACTERS_MAX,
    }
    return _Sheet(
        "form.html",
        form.title,
        form.text,
        ("form",),
        cache_control=NO_STORE,
        status=422 if problems else _NOTICE_STATUS[visit.form_notice],
        values=values,
    )


def shown_size(size_bytes: int) -> str:
    """As in `2.4 MB`; "" for an unknown size."""
    if size_bytes <= 0:
        return ""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1_000))} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def _map_address(place: str) -> str:
    return f"{_MAPS}{quote(place, safe='')}" if place else ""


_SHEETS: dict[type[Content], Callable[..., _Sheet]] = {
    Vcard: _vcard,
    Wifi: _wifi,
    Menu: _menu,
    Review: _review,
    Social: _social,
    App: _app,
    Event: _event,
    FileOffer: _file,
    Gallery: _gallery,
    Media: _media,
    PlainText: _plain_text,
    Coupon: _coupon,
    Message: _message,
    ThankYou: _thank_you,
    Form: _form,
    Bio: _bio,
}
