"""Pictures that several test modules use."""

import io

import pytest
from PIL import Image, ImageDraw

from waypost.qr.logo import Logo
from waypost.qr.logo_worker import prepare

SHORT_URL = "https://lnk.example/aBc123?qr=1"


def png_of(image: Image.Image) -> bytes:
    """The PNG bytes of a picture."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="session")
def logo() -> Logo:
    """A dark disc with see-through corners."""
    image = Image.new("RGBA", (240, 240), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((0, 0, 239, 239), fill="#b91c1c")
    return Logo.trusted(prepare(png_of(image)))
