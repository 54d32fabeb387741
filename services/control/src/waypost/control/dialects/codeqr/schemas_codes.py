"""QR codes as objects, in CodeQR's words: a link, a content named after its type, and how the code looks.

The vendor's document names the types and the members of the look; the members inside a content are ours.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.dialects.codeqr import limits
from waypost.control.dialects.codeqr.mapping_qr import Hex
from waypost.control.dialects.codeqr.schemas_links import LinkOut, LinkPatch

CodeType: TypeAlias = Literal["url", "text", "email", "phone", "sms", "whatsapp", "wifi", "vcard", "crypto"]
Line = Annotated[str, Meta(max_length=limits.CODE_TEXT_CHARACTERS_MAX)]
Needed = Annotated[str, Meta(min_length=1, max_length=limits.CODE_TEXT_CHARACTERS_MAX)]


class Email(Struct, frozen=True, omit_defaults=True):
    """A mail, ready to send."""

    email: Needed
    subject: Line = ""
    body: Line = ""


class Message(Struct, frozen=True, omit_defaults=True):
    """A short message, ready to send."""

    phone: Needed
    message: Line = ""


class Wifi(Struct, frozen=True, omit_defaults=True):
    """A wireless network to join."""

    ssid: Needed
    password: Line = ""
    encryption: Literal["WPA", "WEP", "nopass"] = "WPA"
    hidden: bool = False


class Vcard(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A business card."""

    first_name: Line = ""
    last_name: Line = ""
    company: Line = ""
    job_title: Line = ""
    phone: Line = ""
    email: Line = ""
    website: Line = ""
    street: Line = ""
    city: Line = ""
    state: Line = ""
    zip: Line = ""
    country: Line = ""
    note: Line = ""


class Crypto(Struct, frozen=True, omit_defaults=True):
    """A payment in a cryptocurrency, as its wallets read it: `bitcoin:…?amount=…` (BIP 21)."""

    coin: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]{1,31}$")]
    address: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{8,128}$")]
    amount: Annotated[str, Meta(pattern=r"^([0-9]{1,18}(\.[0-9]{1,18})?)?$")] = ""


class CodePatch(LinkPatch, frozen=True, kw_only=True):
    """What to change; null clears, an absent member stays. The content is the member named as `type`."""

    type: CodeType | UnsetType = UNSET
    static: bool | UnsetType = UNSET
    text: Needed | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Needed | UnsetType = UNSET
    sms: Message | UnsetType = UNSET
    whatsapp: Message | UnsetType = UNSET
    wifi: Wifi | UnsetType = UNSET
    vcard: Vcard | UnsetType = UNSET
    crypto: Crypto | UnsetType = UNSET
    bg_color: Hex | UnsetType | None = msgspec.field(name="bgColor", default=UNSET)
    fg_color: Hex | UnsetType | None = msgspec.field(name="fgColor", default=UNSET)
    size: Annotated[int, Meta(ge=limits.QR_SIZE_PX_MIN, le=limits.QR_SIZE_PX_MAX)] | UnsetType | None = UNSET
    level: Literal["L", "M", "Q", "H"] | UnsetType | None = UNSET
    show_logo: bool | UnsetType | None = msgspec.field(name="showLogo", default=UNSET)
    logo: Annotated[str, Meta(max_length=limits.URL_CHARACTERS_MAX)] | UnsetType | None = UNSET
    excavate: bool | UnsetType | None = UNSET


class CodeCreate(CodePatch, frozen=True, kw_only=True):
    """A new QR code: `url`, or `type` and the content of that name."""

    prefix: str | None = None
    key_length: (
        Annotated[int, Meta(ge=limits.RANDOM_KEY_CHARACTERS_MIN, le=limits.KEY_CHARACTERS_MAX)] | None
    ) = msgspec.field(name="keyLength", default=None)


class CodeOut(LinkOut, frozen=True, kw_only=True):
    """A QR code; every member is always there, of the contents only the one named as `type`."""

    type: CodeType
    static: bool
    text: str | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    sms: Message | UnsetType = UNSET
    whatsapp: Message | UnsetType = UNSET
    wifi: Wifi | UnsetType = UNSET
    vcard: Vcard | UnsetType = UNSET
    crypto: Crypto | UnsetType = UNSET
    bg_color: str = msgspec.field(name="bgColor")
    fg_color: str = msgspec.field(name="fgColor")
    size: int
    level: str
    show_logo: bool = msgspec.field(name="showLogo")
    logo: str | None
    excavate: bool
    scans: int
