"""Form answers on this host's disk, one small file each, until control has them.

The workers put them in, the agent takes them out. An answer is on the disk before its visitor is thanked;
a file appears under its name only when it is whole.
"""

import contextlib
import os
from pathlib import Path

from waypost.redirect.limits import FORM_ANSWERS_WAITING_MAX, FORM_DRAFT_AGE_MAX_S

_WHOLE = ".answer"
_REFUSED = ".refused"


class BoxFull(Exception):
    """Too many answers wait for control."""


class FormBox:
    """The directory. Its methods wait for the disk: call them beside the event loop."""

    def __init__(self, directory: Path, *, answers_max: int = FORM_ANSWERS_WAITING_MAX) -> None:
        self.directory = directory
        self._answers_max = answers_max

    def put(self, answer_id: bytes, raw: bytes) -> None:
        """Keep an answer for good; one that is there already is left alone. Raises BoxFull, OSError."""
        path = self.directory / f"{answer_id.hex()}{_WHOLE}"
        if path.exists():
            return
        if len(os.listdir(self.directory)) >= self._answers_max:
            raise BoxFull
        draft = self.directory / f"{answer_id.hex()}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(descriptor)
            draft.rename(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        self._sync()

    def waiting(self) -> list[Path]:
        """The answers that control does not have, oldest first."""
        return sorted(path for path in self.directory.iterdir() if path.suffix == _WHOLE)

    def sweep(self, now_s: float) -> None:
        """Remove what processes that died in the middle of an answer left behind; nobody was thanked for it.

        A draft that is being written is not nearly that old.
        """
        for draft in self.directory.iterdir():
            if not draft.suffix[1:].isdigit():
                continue
            with contextlib.suppress(FileNotFoundError):  # it has just become an answer
                if draft.stat().st_mtime < now_s - FORM_DRAFT_AGE_MAX_S:
                    draft.unlink()

    def read(self, answer: Path) -> bytes:
        """What is in it."""
        return answer.read_bytes()

    def remove(self, answer: Path) -> None:
        """Control has it. When this is not remembered, it is told once more, which changes nothing."""
        answer.unlink(missing_ok=True)

    def set_aside(self, answer: Path) -> None:
        """Control will never take it; somebody should look."""
        answer.rename(answer.with_suffix(_REFUSED))

    def _sync(self) -> None:
        descriptor = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
