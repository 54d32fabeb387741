"""Contents of QR codes: where the short link of one leads, and what a static code says. Pure."""

from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec
from msgspec import Struct

from waypost.control.dialects.codeqr.reading import camel
from waypost.control.dialects.codeqr.schemas_codes import (
    CodePatch,
    CodeType,
    Crypto,
    Email,
    Message,
    Vcard,
    Wifi,
)
from waypost.control.model.faults import Invalid
from waypost.control.model.links import Json, Link
from waypost.qr import content
from waypost.qr.faults import InvalidContent, TextTooLong

Payload: TypeAlias = str | Email | Message | Wifi | Vcard | Crypto
PAYLOADS: dict[CodeType, type] = {
    "text": str, "email": Email, "phone": str, "sms": Message, "whatsapp": Message, "wifi": Wifi,
    "vcard": Vcard, "crypto": Crypto,
}  # fmt: skip
_VCARD = {
    "first_name": "first_name", "last_name": "last_name", "org": "company", "title": "job_title",
    "phone": "phone", "email": "email", "website": "website", "street": "street", "city": "city",
    "region": "state", "postcode": "zip", "country": "country", "note": "note",
}  # fmt: skip
"""Members of a card's page, and of the vendor's card."""


class Lead(Struct, frozen=True):
    """Where a short link leads: to an address, or to a page."""

    target_url: str = ""
    template_type: str = ""
    content: Json | None = None

    def is_of(self, link: Link) -> bool:
        """Whether the link still leads there."""
        return (self.target_url, self.template_type) == (link.target_url, link.template_type) and (
            self.content is None or self.content.items() <= (link.content or {}).items()
        )


def type_of(body: CodePatch, before: CodeType) -> CodeType:
    """The type that a body means: the one it names, or whose content it has, else the one of before. Raises Invalid."""
    if body.type is not msgspec.UNSET:
        return body.type
    given: list[CodeType] = [kind for kind in PAYLOADS if payload_of(body, kind) is not None]
    if body.url is not msgspec.UNSET:
        given.append("url")
    if not given or before in given:
        return before
    if len(given) > 1:
        raise Invalid("type", f"must say which of {', '.join(given)} the code is to hold")
    return given[0]


def their_name(kind: CodeType, field: str) -> str:
    """The member of the client's content that a member of a page came from."""
    name = camel(_VCARD[field]) if kind == "vcard" and field in _VCARD else field
    return kind if kind in ("text", "phone") else f"{kind}.{name}"


def payload_of(body: CodePatch, kind: CodeType) -> Payload | None:
    """The content that a body has for a type; None without one."""
    found = getattr(body, kind, msgspec.UNSET) if kind != "url" else msgspec.UNSET
    return None if found is msgspec.UNSET else found


def lead(kind: CodeType, payload: Payload) -> Lead:
    """Where the short link of a code leads. Raises Invalid naming the member."""
    match kind, payload:
        case "text", str():
            return Lead(template_type="text", content={"body": payload})
        case "crypto", Crypto():
            return Lead(template_type="text", content={"title": payload.coin, "body": _payment(payload)})
        case "wifi", Wifi():
            return Lead(template_type="wifi", content=msgspec.to_builtins(payload))
        case "vcard", Vcard():
            said = {name: getattr(payload, theirs) for name, theirs in _VCARD.items()}
            return Lead(template_type="vcard", content={name: text for name, text in said.items() if text})
        case "sms", Message():
            number = _number(kind, payload)
            return Lead(
                f"sms:{number}" + (f"?body={quote(payload.message, safe='')}" if payload.message else "")
            )
        case _:
            return Lead(printed(kind, payload))


def printed(kind: CodeType, payload: Payload) -> str:
    """What a static code says. Raises Invalid naming the member."""
    if kind == "whatsapp" and isinstance(payload, Message):
        number = "".join(filter(str.isdigit, _number(kind, payload)))
        return f"https://wa.me/{number}" + (f"?text={quote(payload.message)}" if payload.message else "")
    if isinstance(payload, Crypto):
        return _payment(payload)
    try:
        return content.to_text(content.parse(_document(kind, payload)))
    except InvalidContent as fault:
        raise Invalid(_named(kind, payload, fault.field), fault.message) from fault
    except TextTooLong as fault:
        raise Invalid(kind, "is too long for a code") from fault


def _document(kind: CodeType, payload: Payload) -> dict[str, Any]:
    match payload:
        case str():
            return {"type": kind, kind: payload}
        case Email():
            return {"type": "mail", "to": payload.email, "subject": payload.subject, "body": payload.body}
        case Vcard():
            names = {"org": "organization", "postcode": "postal_code"}
            said = {
                names.get(name, name): getattr(payload, theirs)
                for name, theirs in _VCARD.items()
                if name != "phone"
            }
            return {"type": "vcard", **said, "phones": [payload.phone] if payload.phone else []}
        case _:
            return {"type": kind, **msgspec.to_builtins(payload)}


def _named(kind: CodeType, payload: Payload, field: str) -> str:
    """The member of the client's content that a member of the core's content came from."""
    if isinstance(payload, str):
        return kind
    theirs = {"to": "email", "organization": "company", "title": "jobTitle", "first_name": "firstName",
              "last_name": "lastName", "region": "state", "postal_code": "zip", "phones[0]": "phone"}  # fmt: skip
    return f"{kind}.{theirs.get(field, field)}"


def _number(kind: CodeType, payload: Message) -> str:
    """The number of a message as phones take it. Raises Invalid."""
    try:
        return printed("phone", payload.phone).removeprefix("tel:")
    except Invalid as fault:
        raise Invalid(f"{kind}.phone", fault.why) from fault


def _payment(payload: Crypto) -> str:
    return f"{payload.coin}:{payload.address}" + (f"?amount={payload.amount}" if payload.amount else "")
