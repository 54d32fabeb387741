"""The check of a content when a person writes it, and the codec that takes it to the edge and back."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Annotated, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from waypost.wire.codec import encode
from waypost.wire.content.app import App
from waypost.wire.content.bio import Bio
from waypost.wire.content.contact import Vcard
from waypost.wire.content.event import Event
from waypost.wire.content.fields import FORMATS, has_hidden_characters
from waypost.wire.content.files import FileOffer, Gallery, Media
from waypost.wire.content.form import Form
from waypost.wire.content.limits import CONTENT_BYTES_MAX, FINDINGS_MAX
from waypost.wire.content.look import Content
from waypost.wire.content.menu import Menu
from waypost.wire.content.notes import Coupon, Message, PlainText, ThankYou
from waypost.wire.content.profiles import Social
from waypost.wire.content.review import Review
from waypost.wire.content.wifi import Wifi

KINDS: dict[str, type[Content]] = {
    "vcard": Vcard,
    "wifi": Wifi,
    "menu": Menu,
    "review": Review,
    "social": Social,
    "app": App,
    "event": Event,
    "file": FileOffer,
    "gallery": Gallery,
    "media": Media,
    "text": PlainText,
    "coupon": Coupon,
    "message": Message,
    "thank_you": ThankYou,
    "form": Form,
    "bio": Bio,
}
"""The kind of a `ContentV1` to the type of its data."""

_PLACE = re.compile(r" - at `\$(.*)`\Z")
_MISSING = re.compile(r"missing required field `(\w+)`")


class Finding(Struct, frozen=True):
    """One fault. `field` is its path, as in `links[2].url`; "" is the content as a whole."""

    field: str
    detail: str


class Refused(Struct, frozen=True):
    """At least one finding, at most FINDINGS_MAX."""

    findings: tuple[Finding, ...]


class UnknownKind(LookupError):
    """A kind that this version does not know: an edge older than its control."""


def check(kind: str, document: object) -> Content | Refused:
    """Judge a decoded JSON document. A wrong shape stops at the first fault; all else is found at once."""
    if kind not in KINDS:
        return Refused((Finding("kind", f"must be one of {', '.join(KINDS)}"),))
    try:
        content = msgspec.convert(document, KINDS[kind])
    except msgspec.ValidationError as error:
        return Refused((_shape_finding(str(error)),))
    findings = list(_limited(_walk(KINDS[kind], document, "")))
    if not findings:
        findings = list(_limited(Finding(path, detail) for path, detail in content.conflicts()))
    if not findings and len(encode(content)) > CONTENT_BYTES_MAX:
        findings = [Finding("", f"must have at most {CONTENT_BYTES_MAX} bytes when encoded")]
    return Refused(tuple(findings)) if findings else content


def decode(kind: str, data: bytes | msgspec.Raw) -> Content:
    """Read the data of a `ContentV1`. Raises UnknownKind, or one of codec.DECODE_ERRORS."""
    if kind not in KINDS:
        raise UnknownKind(kind)
    return msgspec.msgpack.decode(data, type=KINDS[kind])


def urls(content: Content) -> Iterator[tuple[str, str]]:
    """Yield (path, address) of every address in a content, for control's own policy (block lists, loops)."""
    for annotation, value, path in _leaves(type(content), msgspec.to_builtins(content), ""):
        if value and _rule(annotation, "format") in ("web_url", "link", "image"):
            yield path, value


def with_images(kind: str, document: object, change: Callable[[str], str]) -> object:
    """A copy of a document of any shape in which every picture's address is changed."""
    return _changed(KINDS[kind], document, change)


def known(kind: str, document: object) -> object:
    """A copy of a document of any shape without the members that this kind does not have."""
    return _known(KINDS[kind], document)


def _known(annotation: object, value: object) -> object:
    bare = _bare(annotation)
    if isinstance(value, list | tuple) and get_args(bare):
        return [_known(get_args(bare)[0], item) for item in value]
    if isinstance(value, dict) and isinstance(bare, type) and issubclass(bare, Struct):
        hints = _hints(bare)
        return {name: _known(hints[name], item) for name, item in value.items() if name in hints}
    return value


def _changed(annotation: object, value: object, change: Callable[[str], str]) -> object:
    bare = _bare(annotation)
    if isinstance(value, str):
        return change(value) if _rule(annotation, "format") == "image" else value
    if isinstance(value, list | tuple) and get_args(bare):
        return [_changed(get_args(bare)[0], item, change) for item in value]
    if isinstance(value, dict) and isinstance(bare, type) and issubclass(bare, Struct):
        hints = _hints(bare)
        return {
            name: _changed(hints[name], item, change) if name in hints else item
            for name, item in value.items()
        }
    return value


def _limited(findings: Iterator[Finding]) -> Iterator[Finding]:
    for _, finding in zip(range(FINDINGS_MAX), findings, strict=False):
        yield finding


def _shape_finding(message: str) -> Finding:
    place = _PLACE.search(message)
    path = (place[1] if place else "").removeprefix(".")
    missing = _MISSING.search(message)
    if missing:
        return Finding(f"{path}.{missing[1]}".removeprefix("."), "must be given")
    return Finding(path, _PLACE.sub("", message).replace("`", ""))


@cache
def _hints(struct: type[Struct]) -> dict[str, object]:
    return get_type_hints(struct, include_extras=True)


def _bare(annotation: object) -> object:
    """The annotation without `Annotated` and without an optional `None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    arguments = get_args(annotation)
    if type(None) in arguments:
        return next(_bare(argument) for argument in arguments if argument is not type(None))
    return annotation


def _rule(annotation: object, name: str) -> object:
    """What the field's Meta says under `name`, looking through an optional `None`."""
    if get_origin(annotation) is not Annotated:
        return next(filter(None, (_rule(argument, name) for argument in get_args(annotation))), None)
    for meta in get_args(annotation)[1:]:
        if isinstance(meta, Meta) and meta.extra and name in meta.extra:
            return meta.extra[name]
    return None


def _leaves(annotation: object, value: object, path: str) -> Iterator[tuple[object, str, str]]:
    """Yield (annotation, text, path) of every text in a document of the right shape."""
    bare = _bare(annotation)
    if isinstance(value, str):
        yield annotation, value, path
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _leaves(get_args(bare)[0], item, f"{path}[{index}]")
    elif isinstance(value, dict) and isinstance(bare, type) and issubclass(bare, Struct):
        hints = _hints(bare)
        for name, item in value.items():
            if name in hints:
                yield from _leaves(hints[name], item, f"{path}.{name}".removeprefix("."))


def _walk(annotation: object, document: object, path: str) -> Iterator[Finding]:
    for leaf, value, place in _leaves(annotation, document, path):
        if has_hidden_characters(value):
            yield Finding(place, "must not hold control characters or direction overrides")
            continue
        names = _rule(leaf, "one_of")
        if isinstance(names, tuple) and value not in names:
            yield Finding(place, f"must be one of {', '.join(names)}")
        wanted = _rule(leaf, "format")
        if isinstance(wanted, str) and value and not FORMATS[wanted][0](value):
            yield Finding(place, FORMATS[wanted][1])
    yield from _unknown(annotation, document, path)


def _unknown(annotation: object, value: object, path: str) -> Iterator[Finding]:
    bare = _bare(annotation)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(get_args(bare)[0], item, f"{path}[{index}]")
    elif isinstance(value, dict) and isinstance(bare, type) and issubclass(bare, Struct):
        for name, item in value.items():
            place = f"{path}.{name}".removeprefix(".")
            if name not in _hints(bare):
                yield Finding(place, "is not a field of this kind")
            else:
                yield from _unknown(_hints(bare)[name], item, place)
