"""What must be true before anything is started: the data directory is ours and the ports are free."""

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from waypost.runtime.launch.faults import LaunchFault
from waypost.runtime.settings import CommonSettings


def claim_data_dir(data_dir: str) -> IO[bytes]:
    """Make the directory if needed and lock it for this process; keep the returned file open.

    Raises LaunchFault when it cannot be written or another Waypost uses it.
    """
    path = Path(data_dir)
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / "lock").open("ab")
    except OSError as error:
        raise LaunchFault(f"WAYPOST_DATA_DIR: cannot write to {path}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise LaunchFault(f"WAYPOST_DATA_DIR: {path} is in use by another running Waypost") from error
    return lock


def check_ports(settings: CommonSettings) -> None:
    """Raise LaunchFault naming the setting when a port is taken, may not be bound, or is named twice."""
    wanted = [
        ("WAYPOST_CONTROL_PORT", settings.control_port),
        ("WAYPOST_REDIRECT_PORT", settings.redirect_port),
        ("WAYPOST_REDIRECT_ADMIN_PORT", settings.redirect_admin_port),
    ]
    if not settings.nats_url:
        wanted.append(("WAYPOST_NATS_PORT", settings.nats_port))
    seen: dict[int, str] = {}
    for name, port in wanted:
        if port in seen:
            raise LaunchFault(f"{name}: port {port} is also {seen[port]}; choose another")
        seen[port] = name
        _check_port(name, port)


def worker_count(settings: CommonSettings) -> int:
    """How many edge workers run: as configured, else one per core this process may use."""
    return settings.redirect_workers or len(os.sched_getaffinity(0))


def _check_port(name: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
            probe.listen()
        except OSError as error:
            why = (
                "is already in use"
                if error.errno == errno.EADDRINUSE
                else f"cannot be used: {error.strerror}"
            )
            raise LaunchFault(f"{name}: port {port} {why}; set {name} to a free one") from error
