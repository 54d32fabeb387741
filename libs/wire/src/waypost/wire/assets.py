"""Uploaded files as visitors see them: what may be served, at which path, with which headers. Pure.

Control writes a published file, the edge reads it by its path alone: the name's ending says the media
type. So a page and its pictures need nothing but a directory.
"""

import re

PREFIX = "/-/assets/"
"""Where published files are, on every host of an edge. No link can have a slug that begins with `-/`."""

PUBLIC_DIRECTORY = "public"
"""Published files below the directory of assets, as `<id in hex>/<name>`."""

MEDIA_TYPES: dict[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
"""The endings that are served. Nothing that a browser runs is among them: no HTML or script; an SVG is only drawn."""

NAME_CHARACTERS_MAX = 100
_PATH = re.compile(
    rf"/-/assets/([0-9a-f]{{32}})/([A-Za-z0-9_][A-Za-z0-9._-]{{0,{NAME_CHARACTERS_MAX - 1}}})\Z"
)
_SVG = "image/svg+xml"
_POLICY = "default-src 'none'; sandbox"
_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""Its styles and its pictures are in the file itself."""
_IMMUTABLE = "public, max-age=31536000, immutable"


def asset_path(asset_id: str, name: str) -> str:
    """The path of a published file, from its id (with or without dashes) and its name."""
    return f"{PREFIX}{asset_id.replace('-', '')}/{name}"


def file_at(path: str) -> tuple[str, str] | None:
    """The id in hex and the name that a raw request path names; None when it names no file."""
    found = _PATH.match(path)
    if found is None or ending_of(found[2]) not in MEDIA_TYPES:
        return None
    return found[1], found[2]


def ending_of(name: str) -> str:
    """What stands behind the last dot of a name, in lower case."""
    return name.rpartition(".")[2].lower()


def stored_headers(name: str) -> dict[str, str]:
    """What a store of files keeps beside a published one: type, caching, and whether it opens in the page.

    Only pictures are shown where they are asked for; anything else is saved. An SVG is, too: pages show it as an
    image, which is not asked, and by itself it would be a document.
    """
    media_type = MEDIA_TYPES[ending_of(name)]
    headers = {"content-type": media_type, "cache-control": _IMMUTABLE}
    if not media_type.startswith("image/") or media_type == _SVG:
        headers["content-disposition"] = f'attachment; filename="{name}"'
    return headers


def served_headers(asset_id: str, name: str) -> dict[str, str]:
    """All headers of a published file: whatever its bytes are, they run nothing and open nothing."""
    return stored_headers(name) | {
        "etag": f'"{asset_id}"',
        "x-content-type-options": "nosniff",
        "content-security-policy": _SVG_POLICY if MEDIA_TYPES[ending_of(name)] == _SVG else _POLICY,
        "cross-origin-resource-policy": "cross-origin",
        "x-robots-tag": "noindex",
    }
