"""The process that decodes a logo: picture on stdin, PNG on stdout.

`waypost.qr.sandbox` starts it as `python -m waypost.qr.logo_worker EDGE MEMORY_BYTES CPU_SECONDS`. It puts
those limits on itself before it reads anything, so the parent runs no code between fork and exec. A refused
picture ends it with code 3 and `reason: message` on stderr; any other failure means a hostile picture.
"""

import io
import resource
import sys
from collections.abc import Callable

from PIL import Image, UnidentifiedImageError

from waypost.qr.faults import LogoRefused
from waypost.qr.limits import LOGO_THUMBNAIL_PX, MAX_LOGO_BYTES, MAX_LOGO_EDGE_PX, MAX_LOGO_PIXELS
from waypost.qr.logo import SVG, check_upload

REFUSED = 3


def prepare(data: bytes, edge_px: int = LOGO_THUMBNAIL_PX) -> bytes:
    """A clean PNG of a picture, at most `edge_px` a side: RGBA, no metadata. Raises LogoRefused."""
    kind = check_upload(data)
    if kind == SVG:
        from waypost.qr.vector_drawing import drawn  # the renderer is for this process alone

        data, kind = drawn(data, edge_px), "PNG"
    try:
        with Image.open(io.BytesIO(data), formats=(kind,)) as image:
            width, height = image.size
            if width * height > MAX_LOGO_PIXELS or max(width, height) > MAX_LOGO_EDGE_PX:
                raise LogoRefused(
                    "too_many_pixels", f"is {width} x {height} px; at most {MAX_LOGO_PIXELS} pixels are taken"
                )
            if getattr(image, "n_frames", 1) > 1:
                raise LogoRefused("animated", "has more than one frame")
            image.draft("RGB", (edge_px, edge_px))
            image.load()
            picture = image.convert("RGBA")
    except Image.DecompressionBombError as error:
        raise LogoRefused("too_many_pixels", f"has more than {MAX_LOGO_PIXELS} pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise LogoRefused("damaged", f"cannot be read as {kind}") from error
    picture.thumbnail((edge_px, edge_px), Image.Resampling.LANCZOS)
    clean = Image.frombytes("RGBA", picture.size, picture.tobytes())
    out = io.BytesIO()
    clean.save(out, "PNG", compress_level=6)
    return out.getvalue()


def serve(work: Callable[[bytes], bytes], bytes_max: int, memory_bytes: int, cpu_seconds: int) -> int:
    """Limit this process, then read stdin, work, write stdout; the exit code."""
    for name, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(name, (most, most))
    try:
        result = work(sys.stdin.buffer.read(bytes_max + 1))
    except LogoRefused as refused:
        sys.stderr.write(f"{refused.reason}: {refused.message}")
        return REFUSED
    sys.stdout.buffer.write(result)
    return 0


def main() -> int:
    """Limit this process, then read, prepare, write."""
    edge_px, memory_bytes, cpu_seconds = map(int, sys.argv[1:4])
    return serve(lambda data: prepare(data, edge_px), MAX_LOGO_BYTES, memory_bytes, cpu_seconds)


if __name__ == "__main__":
    sys.exit(main())
