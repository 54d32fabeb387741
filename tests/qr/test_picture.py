"""Pictures for pages: written anew whatever they were, and hostile ones refused cheaply."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from tests.qr.conftest import png_of
from tests.qr.test_logo import animated, bomb, saved

from waypost.qr import sandbox
from waypost.qr.faults import LogoRefused
from waypost.qr.limits import MAX_PICTURE_BYTES, PICTURE_EDGE_PX
from waypost.qr.sandbox import read_picture

_SECRET = "52.5200 N 13.4050 E"


def many_frames() -> bytes:
    """An animated PNG."""
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    return saved(frames[0], "PNG", save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_a_picture_keeps_its_kind_and_loses_everything_but_pixels(kind: str, ending: str) -> None:
    """Requirement 38: re-encoded without metadata. Upright, because what said which way is up is gone."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, _SECRET
    upload = (
        saved(Image.new("RGB", (400, 300), "#0f766e"), kind, exif=exif) + b"PK\x03\x04" + _SECRET.encode()
    )
    picture = read_picture(upload)
    assert (picture.kind, picture.width, picture.height) == (ending, 300, 400)
    assert _SECRET.encode() not in picture.body
    assert b"PK\x03\x04" not in picture.body
    with Image.open(io.BytesIO(picture.body)) as image:
        assert (image.format, dict(image.getexif()), image.info.get("icc_profile")) == (kind, {}, None)
        red, green, blue = image.convert("RGB").getpixel((150, 200))  # type: ignore[misc]  # RGB is a tuple
        assert abs(red - 0x0F) + abs(green - 0x76) + abs(blue - 0x6E) < 12


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_can_be_seen_through_stays_so(kind: str) -> None:
    """A round portrait on a coloured page."""
    picture = read_picture(saved(Image.new("RGBA", (64, 64), (200, 0, 0, 0)), kind))
    with Image.open(io.BytesIO(picture.body)) as image:
        assert image.convert("RGBA").getpixel((32, 32))[3] == 0  # type: ignore[index]  # RGBA is a tuple


def test_a_large_photograph_is_scaled_down() -> None:
    """A page for telephones has no use for 24 megapixels; the memory limit of the worker has room for them."""
    picture = read_picture(saved(Image.new("RGB", (6000, 4000), "#8090a0"), "JPEG"))
    assert (picture.width, picture.height) == (PICTURE_EDGE_PX, 1365)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: bomb(20_000, 20_000), "too_many_pixels"),
        (lambda: bomb(60_000, 200), "too_many_pixels"),
        (lambda: bomb(4_000, 4_000), "damaged"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><g>", "damaged"),
        (lambda: b"GIF89a" + bytes(100), "wrong_format"),
        (lambda: b"8BPS\0\1" + bytes(100), "wrong_format"),
        (lambda: b"SIMPLE  =                    T" + bytes(2880), "wrong_format"),
        (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", "wrong_format"),
        (lambda: b"II*\0" + bytes(100), "wrong_format"),
        (lambda: b"PK\x03\x04" + bytes(100), "wrong_format"),
        (lambda: b"", "wrong_format"),
        (lambda: b"\x89PNG\r\n\x1a\n" + bytes(MAX_PICTURE_BYTES), "too_large"),
        (lambda: b"\xff\xd8\xff" + b"x" * 5000, "damaged"),
        (animated, "animated"),
        (many_frames, "animated"),
    ],
    ids=[
        *("bomb", "long", "short data", "svg", "gif", "psd", "fits", "eps", "tiff", "zip", "empty"),
        *("too large", "garbage", "animated webp", "animated png"),
    ],
)
def test_hostile_pictures_are_refused_with_a_reason(make: Callable[[], bytes], reason: str) -> None:
    """Requirement 38: a corpus of bombs, and formats that Pillow would read under another name."""
    with pytest.raises(LogoRefused) as caught:
        read_picture(make())
    assert caught.value.reason == reason


def test_a_worker_that_needs_too_much_memory_dies_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is the kernel's; the caller gets a fault, not an out-of-memory kill."""
    monkeypatch.setattr(sandbox, "LOGO_WORKER_MEMORY_BYTES", 48 * 1024 * 1024)
    with pytest.raises(LogoRefused) as caught:
        read_picture(png_of(Image.new("RGB", (3000, 3000))))
    assert caught.value.reason in {"decoder_died", "damaged"}
