"""Logos: what is taken, what is refused, and that refusing is quick and costs little memory."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from tests.qr.conftest import png_of

from waypost.qr import sandbox
from waypost.qr.faults import LogoRefused
from waypost.qr.limits import MAX_LOGO_BYTES
from waypost.qr.logo import Logo
from waypost.qr.sandbox import read_logo


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """A picture in a format."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A small PNG that claims many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 4_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_three_formats_become_a_small_clean_png(kind: str) -> None:
    """Whatever came in, what is kept was written by us: no metadata, at most 512 px a side."""
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    logo = read_logo(saved(Image.new("RGB", (900, 600), "#0f766e"), kind, exif=exif))
    assert (logo.width, logo.height) == (512, 341)
    assert b"secret" not in logo.png
    assert logo.image.getpixel((5, 5))[3] == 255  # type: ignore[index]  # RGBA pixels are tuples


def drawing(inner: bytes, size: bytes = b"width='40' height='20'") -> bytes:
    """An SVG."""
    return b"<svg xmlns='http://www.w3.org/2000/svg' " + size + b">" + inner + b"</svg>"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (b"width='40' height='20'", (512, 256)),
        (b"viewBox='0 0 20 40'", (256, 512)),
        (b"width='40' height='20' viewBox='0 0 4000 2000'", (512, 256)),
    ],
)
def test_a_drawing_becomes_a_png_as_well(size: bytes, expected: tuple[int, int]) -> None:
    """As large as other logos are kept, whatever size it says."""
    logo = read_logo(drawing(b"<rect width='100%' height='100%' fill='#0f766e'/>", size))
    assert (logo.width, logo.height) == expected
    assert logo.image.getpixel((5, 5)) == (15, 118, 110, 255)


def test_a_drawing_brings_in_nothing_from_elsewhere(tmp_path: Path) -> None:
    """Neither a file of this machine nor an address: what it names is not there when it is drawn."""
    secret = tmp_path / "secret.png"
    secret.write_bytes(png_of(Image.new("RGB", (8, 8), "#ff0000")))
    inner = "".join(
        f"<image width='40' height='20' href='{address}'/>"
        for address in (secret, secret.as_uri(), "http://127.0.0.1:9/secret.png", "secret.png")
    )
    logo = read_logo(drawing(inner.encode()))
    assert logo.image.getcolors() == [(512 * 256, (0, 0, 0, 0))]


def test_equal_pictures_have_equal_digests() -> None:
    """Caches go by content."""
    data = png_of(Image.new("RGBA", (64, 64), "#123456"))
    assert read_logo(data).digest == read_logo(data).digest


def animated() -> bytes:
    """Two frames."""
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: bomb(20_000, 20_000), "too_many_pixels"),
        (lambda: bomb(60_000, 200), "too_many_pixels"),
        (lambda: bomb(3_000, 3_000), "damaged"),
        (lambda: drawing(b"<text x='1' y='9'>Waypost</text>"), "has_text"),
        (lambda: drawing(b"<g>" * 20), "damaged"),
        (lambda: drawing(b"<rect/>" * 50_001), "too_many_elements"),
        (lambda: drawing(b"<g id='a'><use href='#a'/></g>"), "too_many_elements"),
        (lambda: b"GIF89a" + bytes(100), "wrong_format"),
        (lambda: b"", "wrong_format"),
        (lambda: b"\x89PNG\r\n\x1a\n" + bytes(MAX_LOGO_BYTES), "too_large"),
        (lambda: b"\xff\xd8\xff" + b"x" * 5000, "damaged"),
        (animated, "animated"),
    ],
    ids=[
        "bomb",
        "long",
        "short data",
        "svg with text",
        "broken svg",
        "large svg",
        "svg that copies itself",
        "gif",
        "empty",
        "too large",
        "garbage",
        "animated",
    ],
)
def test_hostile_pictures_are_refused_with_a_reason(make: Callable[[], bytes], reason: str) -> None:
    """Issue 5: bombs and wrong formats are refused; each refusal says why."""
    with pytest.raises(LogoRefused) as caught:
        read_logo(make())
    assert caught.value.reason == reason


def test_a_worker_that_needs_too_much_memory_dies_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is the kernel's; the caller gets a fault, not an out-of-memory kill."""
    monkeypatch.setattr(sandbox, "LOGO_WORKER_MEMORY_BYTES", 48 * 1024 * 1024)
    with pytest.raises(LogoRefused) as caught:
        read_logo(png_of(Image.new("RGB", (3000, 3000))))
    assert caught.value.reason in {"decoder_died", "damaged"}


def test_a_worker_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that never ends must not hold a request for ever."""
    monkeypatch.setattr(sandbox, "LOGO_WORKER_DEADLINE_SECONDS", 0.001)
    with pytest.raises(LogoRefused) as caught:
        read_logo(png_of(Image.new("RGB", (64, 64))))
    assert caught.value.reason == "too_slow"


def test_the_largest_picture_taken_fits_the_memory_limit() -> None:
    """16 Mpx decode in a worker that limits its own memory, so the pixel cap is the one users meet."""
    logo = read_logo(png_of(Image.new("RGBA", (4000, 4000), "#0f766e")))
    assert (logo.width, logo.height) == (512, 512)


def test_only_prepared_pictures_are_trusted() -> None:
    """Bytes from a cache are checked before anything decodes them in this process."""
    for data in (b"", b"\xff\xd8\xff", bomb(5000, 5000), png_of(Image.new("RGB", (2000, 10)))):
        with pytest.raises(LogoRefused):
            Logo.trusted(data)


def test_no_process_is_started_for_what_is_refused_by_its_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """Junk is turned away at once and costs nothing."""
    monkeypatch.setattr(
        "waypost.qr.sandbox.subprocess.run", lambda *_, **__: pytest.fail("a process was started")
    )
    with pytest.raises(LogoRefused):
        read_logo(b"%PDF-1.7" + bytes(1000))
