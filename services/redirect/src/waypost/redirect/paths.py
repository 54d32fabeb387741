"""Where the edge's files lie below the data directory, and the name of this edge."""

import contextlib
import os
import secrets
from pathlib import Path

_EDGE_ID_BYTES = 4
_KEY_BYTES = 32


class EdgePaths:
    """The edge's files. Workers and agent of one host agree on them by this alone."""

    def __init__(self, data_dir: Path) -> None:
        self.root = data_dir / "redirect"
        self.links = self.root / "links"
        self.spools = self.root / "spool"
        self.signals = self.root / "signals"
        self.counters = self.root / "counters"
        self.salts = self.root / "salts"
        self.limit_counts = self.root / "limit_counts"
        self.guesses = self.root / "guesses"
        self.password_lock = self.root / "password_lock"
        self.form_answers = self.root / "form_answers"

    def make(self) -> None:
        """Make the directories. Raises OSError."""
        for directory in (self.root, self.links, self.spools, self.form_answers):
            directory.mkdir(parents=True, exist_ok=True)

    def edge_id(self) -> str:
        """The random name of this edge, made by whoever asks first and kept for ever."""
        return self._made_once("edge_id", secrets.token_hex(_EDGE_ID_BYTES))

    def unlock_key(self) -> bytes:
        """The key that signs the cookies of password links; the workers of this host share it."""
        return bytes.fromhex(self._made_once("unlock_key", secrets.token_hex(_KEY_BYTES)))

    def _made_once(self, name: str, text: str) -> str:
        """What the file holds; `text` when it is not there yet."""
        file = self.root / name
        if not file.exists():
            draft = self.root / f"{name}.{os.getpid()}"
            draft.touch(mode=0o600)
            draft.write_text(text)
            with contextlib.suppress(FileExistsError):  # another process of this edge was faster
                os.link(draft, file)
            draft.unlink()
        return file.read_text()

    def spool(self, index: int) -> Path:
        """The spool of one worker."""
        return self.spools / str(index)

    def node(self, index: int) -> str:
        """The name under which a worker's scans travel."""
        return f"{self.edge_id()}-{index}"
