"""How rules travel: msgpack between processes, lenient; JSON from authors, strict."""

import re
from collections.abc import Sequence

import msgspec

from waypost.rules.limits import RULES_MAX
from waypost.rules.model import Rule

_PACK = msgspec.msgpack.Encoder()
_UNPACK = msgspec.msgpack.Decoder(tuple[Rule, ...])
_UNPACK_LIST = msgspec.msgpack.Decoder(tuple[msgspec.Raw, ...])
_UNPACK_RULE = msgspec.msgpack.Decoder(Rule)
_JSON_RULES = msgspec.json.Decoder(tuple[Rule, ...])
_AT_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")


class RulesUnreadable(ValueError):
    """Bytes that are no rules; `path` names the field (`rules[2].when[0].values[1]`), `reason` says why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def encode_rules(rules: Sequence[Rule]) -> bytes:
    """Encode as a msgpack array of maps; the same rules always give the same bytes."""
    return _PACK.encode(tuple(rules))


def decode_rules(raw: bytes) -> tuple[tuple[Rule, ...], int]:
    """Decode rules and count those that this version cannot read, which are left out.

    A newer control may send conditions, targets or members unknown here; the rules around them keep
    working. Rules beyond RULES_MAX count as unreadable. Raises RulesUnreadable when `raw` is not a
    msgpack array at all.
    """
    try:
        known = _UNPACK.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # one by one, then: what is around the unreadable ones is kept
    else:
        return known[:RULES_MAX], max(len(known) - RULES_MAX, 0)
    try:
        items = _UNPACK_LIST.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RulesUnreadable("rules", str(error)) from error
    rules: list[Rule] = []
    for item in items[:RULES_MAX]:
        try:
            rules.append(_UNPACK_RULE.decode(item))
        except (msgspec.ValidationError, UnicodeDecodeError):
            continue
    return tuple(rules), len(items) - len(rules)


def decode_rules_json(raw: bytes | str) -> tuple[Rule, ...]:
    """Decode what an author wrote. Raises RulesUnreadable naming the first field that is wrong."""
    try:
        return _JSON_RULES.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = str(error)
        found = _AT_PATH.search(reason)
        path = found["path"] if found else ""
        raise RulesUnreadable(f"rules{path}", _AT_PATH.sub("", reason)) from error
