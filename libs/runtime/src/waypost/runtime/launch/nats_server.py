"""The broker that `make run` starts: its configuration, users and permissions."""

import json
import secrets
import sys
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from waypost.runtime.launch.faults import LaunchFault

MAX_FILE_STORE = "16GB"
MAX_MEMORY_STORE = "64MB"
MAX_PAYLOAD = "512KB"
_API = "$JS.API"
_STREAM_API = [
    f"{_API}.INFO",
    f"{_API}.STREAM.INFO.*",
    f"{_API}.STREAM.CREATE.*",
    f"{_API}.STREAM.UPDATE.*",
    f"{_API}.STREAM.MSG.GET.*",
    f"{_API}.CONSUMER.CREATE.>",
    f"{_API}.CONSUMER.MSG.NEXT.>",
]
PERMISSIONS: dict[str, dict[str, object]] = {
    # Nobody may delete or purge a stream; an edge may neither write links nor read other edges' replies.
    "edge": {
        "publish": [
            "scans.v1.*",
            "edge.v1.report",
            "forms.v1.answer",
            "snapshot.v1.*",
            f"{_API}.STREAM.INFO.LINKS",
            f"{_API}.STREAM.INFO.SCANS",
            f"{_API}.STREAM.MSG.GET.SCANS",
            f"{_API}.CONSUMER.CREATE.LINKS.>",
            f"{_API}.CONSUMER.MSG.NEXT.LINKS.>",
        ],
        "subscribe": ["_INBOX_edge.>", "heartbeat.v1"],
    },
    "control": {
        "publish": [
            "links.v1.*",
            "events.v1.>",
            "heartbeat.v1",
            "analytics.v1.*",
            "control.v1.*",
            *_STREAM_API,
        ],
        "subscribe": [
            "_INBOX_control.>",
            "edge.v1.report",
            "forms.v1.answer",
            "snapshot.v1.*",
            "control.v1.*",
            "analytics.v1.*",
        ],
        "allow_responses": True,
    },
    "analytics": {
        "publish": ["totals.v1", "events.v1.>", "analytics.v1.*", *_STREAM_API],
        "subscribe": ["_INBOX_analytics.>", "analytics.v1.*"],
        "allow_responses": True,
    },
}


class Credentials(Struct, frozen=True):
    """One random password per user; made at the first start and kept (mode 0600)."""

    passwords: dict[str, str]


def load_credentials(directory: Path) -> Credentials:
    """Read the passwords, or make them at the first start."""
    path = directory / "credentials.json"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if path.exists():
            found = msgspec.json.decode(path.read_bytes(), type=Credentials)
            if set(found.passwords) == set(PERMISSIONS):
                return found
        made = Credentials({user: secrets.token_urlsafe(24) for user in PERMISSIONS})
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(made))
    except (OSError, msgspec.MsgspecError) as error:
        raise LaunchFault(f"cannot use {path}: {error}") from error
    return made


def url_for(user: str, credentials: Credentials, port: int) -> str:
    """The address with which one service connects."""
    return f"nats://{user}:{quote(credentials.passwords[user], safe='')}@127.0.0.1:{port}"


def own_broker(user: str, data_dir: Path, port: int) -> str:
    """The address of the broker that `make run` started on this data directory; empty when it never did."""
    directory = data_dir / "nats"
    if not (directory / "credentials.json").exists():
        return ""
    return url_for(user, load_credentials(directory), port)


def write_configuration(directory: Path, credentials: Credentials, port: int) -> Path:
    """Write the server's configuration: loopback only, every acknowledged message on disk."""
    users = ",\n".join(
        f"    {{user: {user}, password: {json.dumps(credentials.passwords[user])},"
        f" permissions: {json.dumps(permissions)}}}"
        for user, permissions in PERMISSIONS.items()
    )
    text = (
        f"server_name: waypost\n"
        f"listen: 127.0.0.1:{port}\n"
        f"http: 127.0.0.1:-1\n"
        f"ports_file_dir: {json.dumps(str(directory.resolve()))}\n"
        f"max_payload: {MAX_PAYLOAD}\n"
        f"jetstream {{ store_dir: {json.dumps(str((directory / 'store').resolve()))}, sync_interval: always,"
        f" max_mem: {MAX_MEMORY_STORE}, max_file: {MAX_FILE_STORE} }}\n"
        f"authorization {{\n  users: [\n{users}\n  ]\n}}\n"
    )
    for stale in directory.glob("*.ports"):
        stale.unlink()
    path = directory / "nats.conf"
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def command(configuration: Path) -> list[str]:
    """How the server from its wheel is started. Raises LaunchFault when the wheel is not there."""
    program = Path(sys.executable).with_name("nats-server")
    if not program.exists():
        raise LaunchFault(f"{program} is missing: run `make setup`")
    return [str(program), "-c", str(configuration)]


def monitor_address(directory: Path) -> str | None:
    """Where the started server can be asked about itself, or None while it is still starting."""
    for file in directory.glob("*.ports"):
        text = file.read_text()
        if text:
            found: list[str] = json.loads(text)["monitoring"]
            return found[0]
    return None
