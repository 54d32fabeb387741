"""Typed contents and the texts phones understand for them.

A URL or plain text as they are; vCard 3.0 (RFC 2426, escapes as RFC 6350 section 3.4), `WIFI:` (the de-facto
form Android and iOS read), an iCalendar event (RFC 5545), `geo:` (RFC 5870), `SMSTO:`, `tel:` (RFC 3966) and
`mailto:` (RFC 6068).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from msgspec import Meta, Struct

from waypost.qr.design import convert
from waypost.qr.faults import InvalidContent, TextTooLong
from waypost.qr.limits import MAX_CONTENT_FIELD_CHARS, MAX_PHONES, MAX_TEXT_BYTES, MAX_URL_CHARS

Field = Annotated[str, Meta(max_length=MAX_CONTENT_FIELD_CHARS)]
Needed = Annotated[str, Meta(min_length=1, max_length=MAX_CONTENT_FIELD_CHARS)]

_PHONE = re.compile(r"\+?[0-9][0-9*#]{1,31}")
_PHONE_FILLING = re.compile(r"[\s().\-/]+")
_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]{1,64}@[^\s@<>(),;:\"\[\]\\]{1,253}")
_HEX_KEY = re.compile(r"[0-9A-Fa-f]+")


class _Content(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """A content; `text()` is what the code says. Raises InvalidContent naming the member."""

    def text(self) -> str:
        raise NotImplementedError


class Text(_Content, frozen=True, tag="text", rename={"value": "text"}):
    """Any text, encoded as it is; its member is `text`."""

    value: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_BYTES)]

    def text(self) -> str:
        return self.value


class Url(_Content, frozen=True, tag="url"):
    """A web address."""

    url: Annotated[str, Meta(min_length=1, max_length=MAX_URL_CHARS)]

    def text(self) -> str:
        return _web_address(self.url, "url")


class VCard(_Content, frozen=True, tag="vcard"):
    """A business card. A person's name or an organisation is needed."""

    first_name: Field = ""
    last_name: Field = ""
    organization: Field = ""
    title: Field = ""
    phones: Annotated[tuple[str, ...], Meta(max_length=MAX_PHONES)] = ()
    email: Field = ""
    website: Field = ""
    street: Field = ""
    city: Field = ""
    region: Field = ""
    postal_code: Field = ""
    country: Field = ""
    note: Field = ""

    def text(self) -> str:
        name = " ".join(part for part in (self.first_name, self.last_name) if part) or self.organization
        if not name.strip():
            raise InvalidContent("first_name", "a card needs a name or an organisation")
        lines = [
            "BEGIN:VCARD",
            "VERSION:3.0",
            f"N:{_escaped(self.last_name)};{_escaped(self.first_name)};;;",
            f"FN:{_escaped(name)}",
        ]
        lines += [f"ORG:{_escaped(self.organization)}"] if self.organization else []
        lines += [f"TITLE:{_escaped(self.title)}"] if self.title else []
        lines += [f"TEL:{_phone(phone, f'phones[{index}]')}" for index, phone in enumerate(self.phones)]
        lines += [f"EMAIL:{_escaped(_email(self.email, 'email'))}"] if self.email else []
        lines += [f"URL:{_web_address(self.website, 'website')}"] if self.website else []
        address = (self.street, self.city, self.region, self.postal_code, self.country)
        lines += [f"ADR:;;{';'.join(map(_escaped, address))}"] if any(address) else []
        lines += [f"NOTE:{_escaped(self.note)}"] if self.note else []
        return "\r\n".join([*lines, "END:VCARD"])


class WiFi(_Content, frozen=True, tag="wifi"):
    """A wireless network to join."""

    ssid: Annotated[str, Meta(min_length=1, max_length=32)]
    password: Annotated[str, Meta(max_length=64)] = ""
    encryption: Literal["WPA", "WEP", "nopass"] = "WPA"
    hidden: bool = False

    def text(self) -> str:
        if self.encryption == "nopass":
            if self.password:
                raise InvalidContent("password", "an open network has none")
        elif not self.password:
            raise InvalidContent("password", f"is needed for {self.encryption}")
        elif self.encryption == "WPA" and not 8 <= len(self.password.encode()) <= 64:
            raise InvalidContent(
                "password", "WPA takes 8 to 63 characters, or a key of 64 hexadecimal digits"
            )
        if len(self.ssid.encode()) > 32:
            raise InvalidContent("ssid", "has at most 32 bytes in UTF-8")
        parts = [f"T:{self.encryption}", f"S:{self._value(self.ssid)}"]
        if self.password:
            parts.append(f"P:{self._value(self.password)}")
        if self.hidden:
            parts.append("H:true")
        return f"WIFI:{';'.join(parts)};;"

    @staticmethod
    def _value(value: str) -> str:
        """Escaped; in quotes when it could be taken for a hexadecimal key."""
        escaped = re.sub(r'([\\;,":])', r"\\\1", value)
        return f'"{escaped}"' if _HEX_KEY.fullmatch(value) else escaped


class Event(_Content, frozen=True, tag="event"):
    """A calendar entry; times need an offset and are written in UTC."""

    title: Needed
    starts_at: datetime
    ends_at: datetime
    location: Field = ""
    description: Field = ""
    url: Field = ""

    def text(self) -> str:
        for field in ("starts_at", "ends_at"):
            if getattr(self, field).tzinfo is None:
                raise InvalidContent(field, "needs an offset, such as +02:00 or Z")
        if self.ends_at <= self.starts_at:
            raise InvalidContent("ends_at", "must be after starts_at")
        lines = ["BEGIN:VEVENT", f"SUMMARY:{_escaped(self.title)}"]
        lines += [f"DTSTART:{_utc(self.starts_at)}", f"DTEND:{_utc(self.ends_at)}"]
        lines += [f"LOCATION:{_escaped(self.location)}"] if self.location else []
        lines += [f"DESCRIPTION:{_escaped(self.description)}"] if self.description else []
        lines += [f"URL:{_web_address(self.url, 'url')}"] if self.url else []
        return "\r\n".join([*lines, "END:VEVENT"])


class Geo(_Content, frozen=True, tag="geo"):
    """A place on earth, WGS 84."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    altitude: Annotated[float, Meta(ge=-12_000, le=100_000)] | None = None

    def text(self) -> str:
        values = (self.latitude, self.longitude, *(() if self.altitude is None else (self.altitude,)))
        return "geo:" + ",".join(f"{value:.6f}".rstrip("0").rstrip(".") for value in values)


class Sms(_Content, frozen=True, tag="sms"):
    """A text message, ready to send."""

    phone: Needed
    message: Field = ""

    def text(self) -> str:
        return f"SMSTO:{_phone(self.phone, 'phone')}" + (f":{self.message}" if self.message else "")


class Phone(_Content, frozen=True, tag="phone"):
    """A number to call."""

    phone: Needed

    def text(self) -> str:
        return f"tel:{_phone(self.phone, 'phone').replace('#', '%23')}"


class Mail(_Content, frozen=True, tag="mail"):
    """A mail, ready to send."""

    to: Needed
    subject: Field = ""
    body: Field = ""

    def text(self) -> str:
        fields = (("subject", self.subject), ("body", self.body.replace("\r\n", "\n").replace("\n", "\r\n")))
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields if value)
        address = quote(_email(self.to, "to"), safe="@!$'*+-.^_`{|}~")
        return f"mailto:{address}" + (f"?{query}" if query else "")


Content = Url | Text | VCard | WiFi | Event | Geo | Sms | Phone | Mail


def parse(document: Mapping[str, Any]) -> Content:
    """Read a content from a decoded JSON object with a `type`. Raises InvalidContent naming the member."""
    return convert(dict(document), Content, InvalidContent)  # type: ignore[arg-type]  # a union is a fine type here


def to_text(content: Content) -> str:
    """What the code will say. Raises InvalidContent, or TextTooLong beyond what any symbol holds."""
    text = content.text()
    size_bytes = len(text.encode())
    if size_bytes > MAX_TEXT_BYTES:
        raise TextTooLong(size_bytes, "L")
    return text


def _escaped(value: str) -> str:
    """RFC 6350 section 3.4 and RFC 5545 section 3.3.11: backslash, comma, semicolon and line breaks."""
    value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _phone(value: str, field: str) -> str:
    number = _PHONE_FILLING.sub("", value)
    if not _PHONE.fullmatch(number):
        raise InvalidContent(field, "is not a phone number: digits, optionally a leading +, 2 to 32 of them")
    return number


def _email(value: str, field: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise InvalidContent(field, "is not a mail address")
    return value


def _web_address(value: str, field: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError as error:
        raise InvalidContent(field, f"is not a web address: {error}") from error
    if not sound or len(value) > MAX_URL_CHARS or re.search(r"[\s\x00-\x1f\x7f]", value):
        raise InvalidContent(
            field, "is not a web address: it starts with http:// or https:// and holds no spaces"
        )
    return value


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
