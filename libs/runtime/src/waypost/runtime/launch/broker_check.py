"""Whether a broker keeps what it acknowledges: its version and its `sync_interval`.

JetStream acknowledges before a message is on disk unless `sync_interval` is `always`; a power cut
would then lose scans and edits that everybody believes are safe. So Waypost refuses to run on it.
"""

import asyncio
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field

from waypost.runtime.broker import SERVER_VERSION_MIN
from waypost.runtime.launch.faults import LaunchFault

_TIMEOUT_S = 5.0
_ANSWER_BYTES_MAX = 1024 * 1024
_MONITOR_PORT = 8222


class _JetStream(Struct, frozen=True):
    class Config(Struct, frozen=True):
        sync_always: bool = False

    config: "_JetStream.Config | None" = None


class _Varz(Struct, frozen=True):
    version: str
    jetstream: _JetStream = field(default_factory=_JetStream)


def monitor_url(nats_url: str, configured: str) -> str:
    """Where the monitoring endpoint of an external broker is expected."""
    return configured.rstrip("/") or f"http://{urlsplit(nats_url).hostname}:{_MONITOR_PORT}"


async def check_broker(monitor: str) -> None:
    """Read `/varz` of the monitoring endpoint; raise LaunchFault when this broker must not be used."""
    varz = await asyncio.to_thread(_read_varz, monitor)
    numbers = tuple(int(part) for part in varz.version.split("-", maxsplit=1)[0].split(".")[:3])
    if numbers < SERVER_VERSION_MIN:
        needed = ".".join(map(str, SERVER_VERSION_MIN))
        raise LaunchFault(f"nats-server {varz.version} is too old: {needed} or newer is needed")
    if varz.jetstream.config is None:
        raise LaunchFault("nats-server runs without JetStream: enable it (`jetstream {…}`)")
    if not varz.jetstream.config.sync_always:
        raise LaunchFault(
            "nats-server would lose acknowledged messages in a power cut: set `sync_interval: always` in its"
            " jetstream block"
        )


def _read_varz(monitor: str) -> _Varz:
    url = f"{monitor}/varz"
    if urlsplit(url).scheme not in ("http", "https"):
        raise LaunchFault(f"WAYPOST_NATS_MONITOR_URL: {monitor} is not an http(s) address")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
            return msgspec.json.decode(answer.read(_ANSWER_BYTES_MAX), type=_Varz)
    except (OSError, urllib.error.URLError, msgspec.MsgspecError) as error:
        raise LaunchFault(
            f"cannot read {url} to check the broker's sync_interval: {error}; set WAYPOST_NATS_MONITOR_URL"
        ) from error
