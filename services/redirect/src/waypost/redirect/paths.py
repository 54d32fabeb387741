"""Where the edge's files lie below the data directory, and the name of this edge."""

import contextlib
import os
import secrets
from pathlib import Path

_EDGE_ID_BYTES = 4


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
        self._edge_id = self.root / "edge_id"

    def make(self) -> None:
        """Make the directories. Raises OSError."""
        for directory in (self.root, self.links, self.spools):
            directory.mkdir(parents=True, exist_ok=True)

    def edge_id(self) -> str:
        """The random name of this edge, made by whoever asks first and kept for ever."""
        if not self._edge_id.exists():
            draft = self.root / f"edge_id.{os.getpid()}"
            draft.write_text(secrets.token_hex(_EDGE_ID_BYTES))
            with contextlib.suppress(FileExistsError):  # another process of this edge was faster
                os.link(draft, self._edge_id)
            draft.unlink()
        return self._edge_id.read_text()

    def spool(self, index: int) -> Path:
        """The spool of one worker."""
        return self.spools / str(index)

    def node(self, index: int) -> str:
        """The name under which a worker's scans travel."""
        return f"{self.edge_id()}-{index}"
