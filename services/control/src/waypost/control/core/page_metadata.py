"""What a destination says of itself: title, description and picture, read from the head of its page."""

from collections.abc import Mapping
from html.parser import HTMLParser

import ada_url
from msgspec import Struct

from waypost.control import limits
from waypost.control.core.destination import canonical_url
from waypost.control.core.webhooks import outgoing_policy
from waypost.control.model.faults import Invalid, InvalidUrl
from waypost.control.model.installation import Installation
from waypost.control.outgoing.client import GuardedClient
from waypost.control.outgoing.faults import OutgoingFault

_TITLES = ("og:title", "twitter:title")
_DESCRIPTIONS = ("og:description", "twitter:description", "description")
_PICTURES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
_HEADERS = {"user-agent": "Waypost-Metadata/1", "accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"}
_HTML = ("text/html", "application/xhtml+xml", "")


class PageMetadata(Struct, frozen=True, kw_only=True):
    """What a page says of itself; "" where it says nothing."""

    title: str = ""
    description: str = ""
    image: str = ""


async def fetch_metadata(
    client: GuardedClient, installation: Installation, url: str, *, field: str
) -> PageMetadata:
    """Ask a page once what it is. Raises Invalid naming `field` when it cannot be asked or does not say 200.

    A redirect is not followed: its answer says where to ask instead.
    """
    try:
        answer = await client.send(
            "GET", url, headers=_HEADERS, answer_bytes_max=limits.METADATA_PAGE_BYTES_MAX
        )
    except OutgoingFault as fault:
        raise Invalid(field, f"{fault.code}: {fault.detail}") from fault
    if 300 <= answer.status < 400 and (elsewhere := answer.headers.get("location")):
        raise Invalid(field, f"redirects to {elsewhere[: limits.URL_CHARACTERS_MAX]}, which is not followed")
    if answer.status != 200:
        raise Invalid(field, f"answers with status {answer.status}")
    if not answer.is_identity:
        raise Invalid(field, "answers compressed although that was not asked for")
    return read_metadata(answer.body, answer.headers, url, installation)


def guarded_client(installation: Installation) -> GuardedClient:
    """The client for such calls."""
    return GuardedClient(outgoing_policy(installation))


def read_metadata(
    body: bytes, headers: Mapping[str, str], url: str, installation: Installation
) -> PageMetadata:
    """Read a page, whatever it is; what is no HTML says nothing, a picture is its own picture."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind.startswith("image/"):
        return PageMetadata(image=_picture(url, url, installation))
    if kind not in _HTML:
        return PageMetadata()
    head = _Head()
    head.feed(_decoded(body, parameters))
    first = head.first
    return PageMetadata(
        title=_text(first(_TITLES) or head.title, limits.TITLE_CHARACTERS_MAX),
        description=_text(first(_DESCRIPTIONS), limits.TEXT_CHARACTERS_MAX),
        image=_picture(first(_PICTURES), url, installation),
    )


class _Head(HTMLParser):
    """Gathers the title and the `meta` elements; the first of each name counts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._named: dict[str, str] = {}
        self._in_title = False
        self._is_titled = False
        self.title = ""

    def first(self, names: tuple[str, ...]) -> str:
        """The first of these names that says something."""
        return next((self._named[name] for name in names if self._named.get(name)), "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Part of the parser."""
        if tag == "title":
            self._in_title = not self._is_titled
        elif tag == "meta":
            given = dict(attrs)
            name = (given.get("property") or given.get("name") or "").lower()
            self._named.setdefault(name, (given.get("content") or "").strip())

    def handle_endtag(self, tag: str) -> None:
        """Part of the parser."""
        if tag == "title":
            self._in_title, self._is_titled = False, True

    def handle_data(self, data: str) -> None:
        """Part of the parser."""
        if self._in_title and len(self.title) < limits.TEXT_CHARACTERS_MAX:
            self.title += data


def _decoded(body: bytes, parameters: str) -> str:
    name = parameters.partition("charset=")[2].partition(";")[0].strip(" \"'") or _declared(body) or "utf-8"
    try:
        return body.decode(name, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _declared(body: bytes) -> str:
    # HTML, clause 13.2.3.2: the declaration stands within the first 1024 bytes.
    start = body[:1024].lower().partition(b"charset=")[2].lstrip(b"\"' ")
    name = bytes(letter for letter in start[:40].split(b'"')[0].split(b"'")[0].split(b">")[0] if letter < 128)
    return name.decode("ascii").strip(" /;")


def _text(text: str, longest: int) -> str:
    plain = " ".join(text.replace("\x00", "").split())
    return plain.encode("utf-8", "ignore").decode()[:longest]


def _picture(found: str, url: str, installation: Installation) -> str:
    if not found:
        return ""
    try:
        return canonical_url("image", str(ada_url.URL(found, base=url).href), installation)
    except (ValueError, InvalidUrl):
        return ""
