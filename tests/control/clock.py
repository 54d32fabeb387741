"""A clock that tests move by hand."""


class Clock:
    """Unix milliseconds; every reading is one millisecond later than the one before."""

    def __init__(self) -> None:
        self.now_ms = 1_800_000_000_000

    def __call__(self) -> int:
        self.now_ms += 1
        return self.now_ms

    def advance(self, *, seconds: float) -> None:
        """Let time pass."""
        self.now_ms += int(seconds * 1000)
