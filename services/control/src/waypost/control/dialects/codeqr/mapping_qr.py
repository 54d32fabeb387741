"""What an image address asks for. Pure."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import unquote, unquote_plus

from msgspec import Meta, Struct

from waypost.control.dialects.codeqr import limits
from waypost.control.dialects.codeqr.reading import read
from waypost.control.model.faults import Invalid

Hex = Annotated[str, Meta(pattern=r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")]
_NAMES = (
    "size", "level", "fgColor", "bgColor", "logo", "hideLogo", "margin", "includeMargin",
    "projectSlug", "workspaceId",
)  # fmt: skip
_URL = re.compile(rf"(?:^|&)url=(?P<url>.*?)(?=&(?:{'|'.join(_NAMES)})=|$)", re.DOTALL)
_ENCODED = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*%3[Aa]")


class ImageWish(Struct, frozen=True, kw_only=True, rename="camel"):
    """The parameters of an image, sizes in pixels, the margin in modules."""

    url: Annotated[str, Meta(min_length=1, max_length=limits.URL_CHARACTERS_MAX)]
    size: Annotated[int, Meta(ge=limits.QR_SIZE_PX_MIN, le=limits.QR_SIZE_PX_MAX)] = limits.QR_SIZE_PX_DEFAULT
    level: Literal["L", "M", "Q", "H"] = "L"
    fg_color: Hex = "#000000"
    bg_color: Hex = "#FFFFFF"
    logo: str = ""
    hide_logo: bool = False
    include_margin: bool = True
    margin: Annotated[int, Meta(ge=0, le=limits.QR_MARGIN_MAX)] = limits.QR_MARGIN_DEFAULT


def read_query(query: str) -> ImageWish:
    """An address's query. Its `url` may stand there unencoded, with a query of its own. Raises Invalid."""
    found = _URL.search(query)
    if found is None:
        raise Invalid("url", "is required")
    url = found["url"]
    values: dict[str, Any] = {"url": unquote_plus(url) if _ENCODED.match(url) else unquote(url)}
    for pair in (query[: found.start()] + query[found.end() :]).split("&"):
        name, _, value = pair.partition("=")
        if name in _NAMES:
            values[name] = unquote_plus(value)
    for name in ("size", "margin"):
        if name in values:
            values[name] = _whole(name, values[name])
    for name in ("hideLogo", "includeMargin"):
        if name in values:
            values[name] = _flag(name, values[name])
    return read(values, ImageWish)


def to_design(wish: ImageWish) -> dict[str, Any]:
    """The design of an image."""
    design: dict[str, Any] = {
        "error_correction": wish.level,
        "dots": {"color": _hashed(wish.fg_color)},
        "background": {"color": _hashed(wish.bg_color)},
        "margin": wish.margin if wish.include_margin else 0,
    }
    if wish.logo and not wish.hide_logo:
        design["logo"] = {"width_share": limits.QR_LOGO_WIDTH_SHARE}
    return design


def _hashed(color: str) -> str:
    return color if color.startswith("#") else f"#{color}"


def _flag(name: str, text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise Invalid(name, "is neither true nor false")
    return text.lower() in ("true", "1")


def _whole(name: str, text: str) -> int:
    # The relative's client writes numbers as 300.0.
    whole, _, rest = text.partition(".")
    if not re.fullmatch(r"-?[0-9]{1,6}", whole) or rest.strip("0"):
        raise Invalid(name, "is not a whole number")
    return int(whole)
