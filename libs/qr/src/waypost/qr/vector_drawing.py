"""An SVG as pixels, for logos: a code is drawn from pixels. Only the process that decodes logos calls this."""

import resvg_py

from waypost.qr.faults import LogoRefused
from waypost.qr.vector import rewritten, size_of

_TEXT = b"<text"


def drawn(data: bytes, edge_px: int) -> bytes:
    """A PNG of an SVG, its longer side `edge_px`. Raises LogoRefused.

    What is drawn was written anew by `vector` first, so it names no file, no address and no font; with text it is
    refused, since without a font the words would just be missing.
    """
    clean = rewritten(data)
    if _TEXT in clean:
        raise LogoRefused("has_text", "has text, for which there is no font here; turn it into outlines")
    width, height = size_of(clean)
    is_wide = width >= height
    try:
        return resvg_py.svg_to_bytes(
            svg_string=clean.decode(),
            skip_system_fonts=True,
            width=edge_px if is_wide else None,
            height=None if is_wide else edge_px,
        )
    except ValueError as error:
        raise LogoRefused("damaged", "cannot be drawn") from error
