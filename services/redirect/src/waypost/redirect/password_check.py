"""Checking a link's password: argon2id in one thread of its own, with a short queue before it.

One hash takes about 20 ms of a core, and a lock lets the workers of a host make one at a time. However many
guesses arrive, redirects lose at most one thread's share, and what does not fit the queue is told to come back.
"""

import asyncio
import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

QUEUE_MAX = 16
PASSWORD_BYTES_MAX = 1024


class CheckerBusy(Exception):
    """Too many passwords are being checked; try again in a moment."""


class PasswordChecker:
    """Verifies passwords, one at a time over all that share the lock's file."""

    def __init__(self, lock: Path) -> None:
        """Open the lock. Raises OSError."""
        self._lock_fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._thread = ThreadPoolExecutor(1, "password")
        self._hasher = PasswordHasher()
        self._waiting = 0

    async def is_right(self, verifier: str, password: bytes) -> bool:
        """Whether the password fits the PHC string. Raises CheckerBusy when the queue is full."""
        if self._waiting >= QUEUE_MAX:
            raise CheckerBusy
        if len(password) > PASSWORD_BYTES_MAX:
            return False
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, self._verify, verifier, password
            )
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the thread once it has nothing to do."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        os.close(self._lock_fd)

    def hash(self, verifier: str, password: bytes) -> bool:
        """The slow part, made in the thread while the lock is held."""
        try:
            return self._hasher.verify(verifier, password)
        except (VerificationError, InvalidHashError):
            return False

    def _verify(self, verifier: str, password: bytes) -> bool:
        fcntl.flock(self._lock_fd, fcntl.LOCK_EX)
        try:
            return self.hash(verifier, password)
        finally:
            fcntl.flock(self._lock_fd, fcntl.LOCK_UN)
