"""Files, pictures, sound and film."""

from typing import Annotated

from msgspec import Meta, Struct

from waypost.wire.content.fields import Image, Line, Name, Paragraph, RequiredImage, RequiredWebUrl, one_of
from waypost.wire.content.limits import FILE_BYTES_MAX, GALLERY_IMAGES_MAX
from waypost.wire.content.look import Button, Content


class FileOffer(Content, frozen=True, omit_defaults=True, kw_only=True):
    """A PDF or any other file. `open_straight` skips the page."""

    file_url: RequiredWebUrl
    title: Name = ""
    description: Paragraph = ""
    file_name: Name = ""
    size_bytes: Annotated[int, Meta(ge=0, le=FILE_BYTES_MAX)] = 0
    open_straight: bool = False


class Picture(Struct, frozen=True, omit_defaults=True):
    """`alt` says what is to be seen, for those who cannot see it."""

    image: RequiredImage
    alt: Line = ""
    caption: Line = ""


class Gallery(Content, frozen=True, omit_defaults=True, kw_only=True):
    """At least one picture."""

    title: Name = ""
    description: Paragraph = ""
    images: Annotated[tuple[Picture, ...], Meta(min_length=1, max_length=GALLERY_IMAGES_MAX)]


class Media(Content, frozen=True, omit_defaults=True, kw_only=True):
    """One film, recording or picture. `source` is bound like an image: shown from allowed origins."""

    source: RequiredImage
    type: Annotated[str, one_of(("video", "audio", "image"))] = "video"
    title: Name = ""
    description: Paragraph = ""
    poster: Image = ""
    alt: Line = ""
    button: Button | None = None
