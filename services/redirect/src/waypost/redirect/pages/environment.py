"""The template engine: set up once, every value escaped.

No redirect needs it, so it is loaded with the first page, and a template is compiled when it is first shown;
unless `compile_templates` was there before.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from waypost.redirect.pages.icons import icon, platform_icon
from waypost.redirect.pages.page import PLAIN, REVALIDATE, Needs, Page, Site, html_page
from waypost.redirect.pages.texts import MARK_NAMES, PLATFORM_NAMES, direction, texts
from waypost.redirect.pages.themes import theme_css
from waypost.wire.content.fields import is_image, is_link
from waypost.wire.content.form import FormField
from waypost.wire.content.look import Look

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context

PLAIN_LOOK = Look()
EMPTY: Mapping[str, object] = {}

_HERE = Path(__file__).parent
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,6}\Z")
_NUMBER = re.compile(r"\d{1,9}([.,]\d{1,3})?\Z")
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$", "TRY": "₺", "BDT": "৳"}
_INPUT_TYPES = {"email": "email", "phone": "tel", "number": "number", "date": "date"}
_AUTOCOMPLETE = {"email": "email", "phone": "tel"}


def safe_href(url: str) -> str:
    """The address itself when a link may lead there, else ""."""
    return url if is_link(url) else ""


def _safe_image(context: "Context", url: str) -> str:
    """The address when the page's policy will show it, else ""."""
    if not is_image(url):
        return ""
    if url.startswith("/"):
        return url
    parts = urlsplit(url)
    site: Site = context["site"]
    return url if site.allows(f"{parts.scheme}://{parts.netloc}") else ""


def initials(name: str) -> str:
    """Two first letters, for who has no picture; one in scripts without capitals, whose letters join."""
    words = [word for word in re.split(r"[\s.\-]+", name) if word[:1].isalnum()]
    letters = [word[0].upper() for word in words]
    if len(letters) < 2 or not (letters[0].isupper() and letters[-1].isupper()):
        return "".join(letters[:1])
    return letters[0] + letters[-1]


def host_of(url: str) -> str:
    """What a person recognises an address by: its host, or what follows `mailto:` and its kin."""
    parts = urlsplit(url)
    return (parts.hostname or parts.path).removeprefix("www.")


def money(price: str, currency: str) -> str:
    """A plain number with its currency; any other price is shown as it was written."""
    if not currency or not _NUMBER.match(price):
        return price
    return f"{_SYMBOLS[currency]}{price}" if currency in _SYMBOLS else f"{price} {currency}"


def telephone(number: str, scheme: str = "tel") -> str:
    """A number as `tel:` or `sms:` (RFC 3966): digits and a leading plus."""
    return f"{scheme}:{'+' if number.startswith('+') else ''}{re.sub(r'[^0-9]', '', number)}"


def mail_address(address: str) -> str:
    """An address as `mailto:` (RFC 6068)."""
    return f"mailto:{quote(address, safe='@.')}"


def _autocomplete(field: FormField) -> Markup:
    name = _AUTOCOMPLETE.get(field.type)
    return Markup(' autocomplete="{}"').format(name) if name else Markup("")


def _minified(path: Path) -> Markup:
    """A style sheet without what only its authors read."""
    text = re.sub(r"\s+", " ", path.read_text("utf-8"))
    return Markup(re.sub(r" ?([{};,>]) ?", r"\1", text).strip())


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        href=safe_href,
        image=pass_context(_safe_image),
        initials=initials,
        host=host_of,
        money=money,
        tel=telephone,
        mailto=mail_address,
        input_type=lambda type_: _INPUT_TYPES.get(type_, "text"),
        autocomplete=_autocomplete,
    )
    environment.globals.update(
        icon=icon, platform_icon=platform_icon, platform_names=PLATFORM_NAMES, mark_names=MARK_NAMES
    )
    return environment


@cache
def _styles() -> dict[str, Markup]:
    return {path.stem: _minified(path) for path in sorted((_HERE / "style").glob("*.css"))}


@cache
def _scripts() -> dict[str, Markup]:
    files = sorted((_HERE / "script").glob("*.js"))
    return {path.stem: Markup("{" + path.read_text("utf-8") + "}") for path in files}


def compile_templates() -> None:
    """Compile every template. It takes as long as half a start, so it is done in a thread after that."""
    environment = _environment()
    for name in environment.list_templates():
        environment.get_template(name)


def render(
    template: str,
    *,
    title: str,
    nonce: str,
    site: Site,
    language: str,
    short_url: str,
    look: Look = PLAIN_LOOK,
    styles: tuple[str, ...] = (),
    scripts: tuple[str, ...] = (),
    needs: Needs = PLAIN,
    layout: str = "middle",
    status: int = 200,
    indexable: bool = False,
    cache_control: bytes = REVALIDATE,
    retry_after_s: int = 0,
    reportable: bool = True,
    summary: str = "",
    values: Mapping[str, object] = EMPTY,
) -> Page:
    """Fill a template and put its headers around it. `values` are the template's own."""
    tag = language if _LANGUAGE.match(language) else "en"
    own_styles = () if template == "cloak.html" else ("base",)
    style_of, script_of = _styles(), _scripts()
    body = (
        _environment()
        .get_template(template)
        .render(
            title=title,
            nonce=nonce,
            site=site,
            language=tag,
            dir=direction(tag),
            layout=layout,
            summary=summary,
            short_url=short_url,
            theme=Markup(theme_css(look)),
            look=look,
            css=Markup("").join(style_of[name] for name in (*own_styles, *styles)),
            js=Markup("").join(script_of[name] for name in scripts),
            t=texts(tag),
            report_href=_report_address(site.report_url, short_url) if reportable else "",
            **values,
        )
    )
    return html_page(
        body,
        status=status,
        nonce=nonce,
        site=site,
        needs=Needs(bool(scripts), needs.data_images, needs.media, needs.frame),
        indexable=indexable,
        cache_control=cache_control,
        retry_after_s=retry_after_s,
    )


def _report_address(report_url: str, short_url: str) -> str:
    if not report_url or not short_url:
        return report_url
    return f"{report_url}{'&' if '?' in report_url else '?'}link={quote(short_url, safe='')}"
