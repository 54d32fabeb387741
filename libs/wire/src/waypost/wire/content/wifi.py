"""A wireless network to join."""

import re
from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from waypost.wire.content.fields import Line, one_of
from waypost.wire.content.limits import (
    PASSPHRASE_CHARACTERS_MAX,
    PASSPHRASE_CHARACTERS_MIN,
    SSID_BYTES_MAX,
)
from waypost.wire.content.look import Content

_SPECIAL = re.compile(r'([\\;,:"])')


class Wifi(Content, frozen=True, omit_defaults=True, kw_only=True):
    """Name and passphrase of a network; control renders the join code beside it."""

    ssid: Annotated[str, Meta(min_length=1, max_length=SSID_BYTES_MAX)]
    password: Annotated[str, Meta(max_length=PASSPHRASE_CHARACTERS_MAX)] = ""
    encryption: Annotated[str, one_of(("WPA", "WEP", "nopass"))] = "WPA"
    hidden: bool = False
    note: Line = ""

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """The bounds of IEEE 802.11."""
        if len(self.ssid.encode("utf-8", "replace")) > SSID_BYTES_MAX:
            yield "ssid", f"must have at most {SSID_BYTES_MAX} bytes in UTF-8"
        if self.encryption == "WPA" and len(self.password) < PASSPHRASE_CHARACTERS_MIN:
            yield "password", f"must have at least {PASSPHRASE_CHARACTERS_MIN} characters with WPA"
        if self.encryption == "WEP" and not self.password:
            yield "password", "must be given with WEP"
        if self.encryption == "nopass" and self.password:
            yield "password", "must be empty when encryption is nopass"


def join_text(wifi: Wifi) -> str:
    """What a join code holds: the WIFI: form that phones' cameras read (ZXing's barcode contents)."""
    parts = [f"T:{wifi.encryption}", f"S:{_escaped(wifi.ssid)}"]
    if wifi.encryption != "nopass":
        parts.append(f"P:{_escaped(wifi.password)}")
    if wifi.hidden:
        parts.append("H:true")
    return f"WIFI:{';'.join(parts)};;"


def _escaped(value: str) -> str:
    return _SPECIAL.sub(r"\\\1", value)
