"""Cursors of lists, as opaque text: the order they belong to, the last value, the last id; and what comes after one."""

import base64
import binascii
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, or_

from waypost.control import limits
from waypost.control.model.faults import InvalidCursor


def encode_cursor(order: str, value: int | str, last_id: str) -> str:
    """Write a cursor."""
    raw = msgspec.msgpack.encode((order, value, last_id))
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(text: str, order: str, kind: type[int] | type[str]) -> tuple[int | str, str]:
    """Read a cursor back. Raises InvalidCursor when it belongs to another order or to no list of ours."""
    if len(text) > limits.CURSOR_CHARACTERS_MAX * 8:
        raise InvalidCursor("cursor", "too long")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        found_order, value, last_id = msgspec.msgpack.decode(raw, type=tuple[str, int | str, str])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise InvalidCursor("cursor", "not a cursor of this list") from error
    if found_order != order or not isinstance(value, kind):
        raise InvalidCursor("cursor", "belongs to a list in another order")
    return value, last_id


def behind(
    column: ColumnElement[Any],
    value: int | str,
    row_id: ColumnElement[str],
    last_id: str,
    *,
    descending: bool,
) -> list[ColumnElement[bool]]:
    """What rows must meet that come after a cursor in the order of a column, then of ids."""
    # The first half alone narrows an index; without it, each page would walk all pages before it.
    if descending:
        return [column <= value, or_(column < value, row_id < last_id)]
    return [column >= value, or_(column > value, row_id > last_id)]
