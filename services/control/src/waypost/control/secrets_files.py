"""Secrets that live as files in the data directory: made once, readable by the owner only."""

import os
import secrets
from pathlib import Path

from waypost.control import limits
from waypost.control.core.keys import Peppers
from waypost.control.model.keys import base62, waypost_key
from waypost.runtime.settings import SettingError

_PEPPER_BYTES = 32
_FILE_BYTES_MAX = 4096


def peppers(setting: str, file: Path) -> Peppers:
    """The peppers of the setting, else the one in the file, which is made when it is missing."""
    given = [part.strip().encode() for part in setting.split(",") if part.strip()]
    return Peppers(tuple(given) or (_kept(file, secrets.token_hex(_PEPPER_BYTES)).encode(),))


def admin_key(setting: str, file: Path) -> str:
    """The installation's own key: the setting, else the one in the file, which is made when missing.

    Raises SettingError for a key that is too short to be a secret, or that no header could carry.
    """
    if not setting:
        parts = (base62(secrets.token_bytes(16), 8), base62(secrets.token_bytes(64), 32))
        return _kept(file, waypost_key(*parts))
    if len(setting) < limits.ADMIN_KEY_CHARACTERS_MIN:
        raise SettingError(
            "WAYPOST_ADMIN_KEY", f"has fewer than {limits.ADMIN_KEY_CHARACTERS_MIN} characters"
        )
    if not setting.isascii() or not setting.isprintable() or " " in setting:
        raise SettingError("WAYPOST_ADMIN_KEY", "may hold printable ASCII without spaces only")
    return setting


def _kept(file: Path, fresh: str) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_name(f"{file.name}.{os.getpid()}")
    if not file.exists():
        # Written whole beside its place, then linked: another process that starts now sees all or nothing.
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(fresh + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(made, file)
        except FileExistsError:
            pass  # another process was first, and its secret is the one
        finally:
            made.unlink()
    with file.open("rb") as handle:
        return handle.read(_FILE_BYTES_MAX).decode().strip()
