"""Starts the workers that decode pictures, with limits, and speaks to them; no other module here starts a process."""

import subprocess
import sys

from waypost.qr.faults import LogoRefused
from waypost.qr.limits import (
    LOGO_THUMBNAIL_PX,
    LOGO_WORKER_CPU_SECONDS,
    LOGO_WORKER_DEADLINE_SECONDS,
    LOGO_WORKER_MEMORY_BYTES,
    MAX_LOGO_THUMBNAIL_PX,
    PICTURE_WORKER_CPU_SECONDS,
    PICTURE_WORKER_DEADLINE_SECONDS,
)
from waypost.qr.logo import Logo, check_upload
from waypost.qr.logo_worker import REFUSED
from waypost.qr.picture import Picture, check_picture, read_back


def read_logo(data: bytes, edge_px: int = LOGO_THUMBNAIL_PX) -> Logo:
    """An upload as a logo, decoded in a process of its own. Blocks for some 100 ms: call it from a thread.

    PNG, JPEG or WebP of one frame, or SVG without text, at most 3 MB. Raises LogoRefused, also when the worker
    runs out of memory or time.
    """
    if not 1 <= edge_px <= MAX_LOGO_THUMBNAIL_PX:
        raise LogoRefused("bad_edge", f"is kept at 1 to {MAX_LOGO_THUMBNAIL_PX} px a side")
    check_upload(data)
    limits = (edge_px, LOGO_WORKER_MEMORY_BYTES, LOGO_WORKER_CPU_SECONDS)
    return Logo.trusted(_worked("waypost.qr.logo_worker", limits, data, LOGO_WORKER_DEADLINE_SECONDS))


def read_picture(data: bytes) -> Picture:
    """An upload as a clean picture of the same kind, written anew in a process of its own. Blocks as well.

    PNG, JPEG or WebP of one frame, or SVG, at most 10 MiB. Raises LogoRefused, also when the worker runs out of
    memory or time.
    """
    check_picture(data)
    limits = (LOGO_WORKER_MEMORY_BYTES, PICTURE_WORKER_CPU_SECONDS)
    return read_back(_worked("waypost.qr.picture_worker", limits, data, PICTURE_WORKER_DEADLINE_SECONDS))


def _worked(module: str, limits: tuple[int, ...], data: bytes, deadline_s: float) -> bytes:
    command = [sys.executable, "-I", "-m", module, *map(str, limits)]
    try:
        done = subprocess.run(
            command,
            input=data,
            capture_output=True,
            timeout=deadline_s,
            check=False,
            env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise LogoRefused("too_slow", "took too long to decode") from error
    if done.returncode == REFUSED:
        reason, _, message = done.stderr.decode(errors="replace").partition(": ")
        raise LogoRefused(reason, message)
    if done.returncode != 0:
        raise LogoRefused("decoder_died", "took its decoder down")
    return done.stdout
