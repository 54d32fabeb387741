"""What a content page holds: one type per kind, every field bounded, every address checked. Pure.

Control checks what a person wrote and stores the result in the link's record; the edge decodes it:

    content = check("wifi", document)          # Wifi(...) or Refused(findings)
    ContentV1("wifi", msgspec.Raw(encode(content)))
    decode("wifi", record.options.content.data)

All kinds take `language` (BCP 47) and `look` (theme, own accent and background colour).
"""

from waypost.wire.content.check import (
    KINDS,
    Finding,
    Refused,
    UnknownKind,
    check,
    decode,
    known,
    urls,
    with_images,
)
from waypost.wire.content.look import PLATFORMS, THEMES, Content, Look

__all__ = [
    "KINDS",
    "PLATFORMS",
    "THEMES",
    "Content",
    "Finding",
    "Look",
    "Refused",
    "UnknownKind",
    "check",
    "decode",
    "known",
    "urls",
    "with_images",
]
