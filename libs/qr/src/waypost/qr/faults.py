"""What can go wrong, as types that carry data. The API in front gives each its words."""


class QrFault(Exception):
    """What `waypost.qr` raises on purpose. `code` is stable, `field` names the input to change."""

    code = "qr_fault"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message


class InvalidDesign(QrFault):
    """A design that cannot be read: unknown member, wrong type, value out of range."""

    code = "invalid_design"


class InvalidContent(QrFault):
    """A typed content (vCard, WiFi ...) that cannot become text."""

    code = "invalid_content"


class InvalidSize(QrFault):
    """A size outside 64 to 4096 px, or too small to give every module a pixel."""

    code = "invalid_size"


class TextTooLong(QrFault):
    """The text does not fit any symbol at the level of error correction asked for."""

    code = "text_too_long"

    def __init__(self, size_bytes: int, level: str) -> None:
        super().__init__("text", f"{size_bytes} bytes do not fit a symbol at error correction {level}")
        self.size_bytes = size_bytes
        self.level = level


class LogoRefused(QrFault):
    """A picture too big, of a wrong kind, damaged, or that took its decoder down. `reason` is stable."""

    code = "logo_refused"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__("logo", message)
        self.reason = reason


class Unscannable(QrFault):
    """The guard found errors, or the finished picture does not read back as its text."""

    code = "unscannable"
