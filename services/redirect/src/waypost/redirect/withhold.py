"""What a workspace does not want recorded is taken out of a scan before it is written anywhere. Pure.

Rules and previews have been decided by then, on all that the visitor sent. A scan stays a scan: whether it was
a person can still be told, so robots stay out of the counts.
"""

import re
from collections.abc import Callable, Collection
from typing import Any

import msgspec

from waypost.facts.robot_table import SCANNER_NETWORKS
from waypost.wire.codec import encode
from waypost.wire.scan import ScanV1, Signal

_decode_scan = msgspec.msgpack.Decoder(ScanV1).decode
_VERSION = re.compile(r"(?<=[/ _:])\d+(?:[._]\d+)*")
_CONSTANT = "Mozilla/5.0"
"""What nearly every agent begins with; it is no version of anything, and robots are known by it."""


def withhold(scan: ScanV1, signals: Collection[str]) -> ScanV1:
    """The scan without these signals. Names that are not known are passed over: control may be newer."""
    changes: dict[str, Any] = {}
    for signal in signals:
        if (without := _WITHOUT.get(signal)) is not None:
            changes |= without(scan)
    return msgspec.structs.replace(scan, **changes) if changes else scan


def withhold_encoded(scan: bytes, signals: Collection[str]) -> bytes:
    """The same for an encoded scan."""
    return encode(withhold(_decode_scan(scan), signals))


def _network(scan: ScanV1) -> dict[str, Any]:
    """Networks that belong to scanners of mail, and to nobody's home, are kept: they tell who is no person."""
    return {} if scan.asn in SCANNER_NETWORKS else {"asn": 0}


def _versions(scan: ScanV1) -> dict[str, Any]:
    agent = scan.user_agent
    start = len(_CONSTANT) if agent.startswith(_CONSTANT) else 0
    return {"user_agent": agent[:start] + _VERSION.sub(_same, agent[start:])}


def _same(version: re.Match[str]) -> str:
    """10.0 in as many parts as there were: browsers and robots are told by the shape of their versions."""
    return "10" + "".join(letter + "0" for letter in version[0] if letter in "._")


def _blank(*names: str) -> Callable[[ScanV1], dict[str, Any]]:
    return lambda _: dict.fromkeys(names, "")


_WITHOUT: dict[Signal | str, Callable[[ScanV1], dict[str, Any]]] = {
    "visitor": lambda _: {"visitor": b""},
    "country": _blank("country", "region", "city"),
    "region": _blank("region", "city"),
    "city": _blank("city"),
    "network": _network,
    "language": _blank("language"),
    "referrer": _blank("referrer"),
    "utm": lambda _: {"utm": None},
    "versions": _versions,
}
