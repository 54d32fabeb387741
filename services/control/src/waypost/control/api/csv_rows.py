"""Links as CSV (RFC 4180): what is written can be read back, and no cell runs as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from waypost.control import limits
from waypost.control.api.schemas.links import LinkOut

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\x00")
_LIST = "|"
_LINE_CHARACTERS_MAX = 64 * 1024
_LISTS = frozenset({"tags", "aliases", "webhook_ids", "tag_ids"})
_NUMBERS = frozenset({"status", "scan_limit", "interstitial_s", "sticky_s", "slug_characters"})
_FLAGS = frozenset(
    {
        "active", "archived", "dynamic", "cloak", "indexable", "public_stats", "track_conversion",
        "track_visitor", "qr_enabled",
    }
)  # fmt: skip
EXPORTED = (
    "id", "short_url", "target_url", "slug", "domain", "title", "description", "comments", "active", "archived",
    "kind", "status", "tags", "aliases", "starts_at", "expires_at", "expired_url", "fallback_url", "scan_limit",
    "external_id", "tenant_id", "folder_id", "created_at", "updated_at",
)  # fmt: skip
_COUNTED = ("total", "human", "unique", "bot", "qr")


def safe_cell(text: str) -> str:
    """Text as a cell: a spreadsheet would run some; the quote is its own way to say: this is text."""
    return f"'{text}" if text.startswith(_FORMULA) or text.startswith("'") else text


def read_rows(raw: bytes) -> list[dict[str, Any]]:
    """The bodies of a CSV file's lines. Raises ValueError when it is no CSV of links."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("The file is not UTF-8 text.") from error
    csv.field_size_limit(_LINE_CHARACTERS_MAX)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, restkey="")
    if "target_url" not in (reader.fieldnames or ()):
        raise ValueError("The first line must name the columns, `target_url` among them.")
    rows = []
    try:
        for line in reader:
            rows.append(_body(line))
            if len(rows) > limits.BULK_ROWS_MAX:
                break
    except csv.Error as error:
        raise ValueError(f"Line {reader.line_num} is not CSV: {error}.") from error
    return rows


def write_rows(links: Iterable[LinkOut], *, header: bool) -> Iterator[str]:
    """Lines of CSV for links."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    if header:
        writer.writerow([*EXPORTED, *(f"scans_{name}" for name in _COUNTED), "metadata"])
    for link in links:
        plain = msgspec.to_builtins(link)
        cells = [_cell(plain[name]) for name in EXPORTED]
        counts = [str(plain["scans"][name]) for name in _COUNTED]
        metadata = msgspec.json.encode(link.metadata).decode() if link.metadata else ""
        writer.writerow([*cells, *counts, metadata])
    yield buffer.getvalue()


def _body(line: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, cell in line.items():
        if not name or not cell:
            continue
        value = _unquoted(cell)
        group, _, member = name.partition(".")
        if group in ("metadata", "utm") and member:
            body.setdefault(group, {})[member] = value
        elif name in _LISTS:
            body[name] = [part.strip() for part in value.split(_LIST) if part.strip()]
        elif name in _NUMBERS:
            body[name] = int(value) if value.lstrip("-").isdecimal() else value
        elif name in _FLAGS:
            body[name] = {"true": True, "false": False}.get(value.lower(), value)
        else:
            body[name] = value
    return body


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        value = _LIST.join(each["name"] if isinstance(each, dict) else str(each) for each in value)
    return safe_cell(str(value))


def _unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell
