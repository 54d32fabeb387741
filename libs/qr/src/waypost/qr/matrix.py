"""Text to modules, through zxing-cpp. ISO/IEC 18004."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from waypost.qr.design import LEVELS, Design, Level
from waypost.qr.faults import QrFault, TextTooLong
from waypost.qr.limits import MATRIX_CACHE_ENTRIES, MAX_TEXT_BYTES

Cells = NDArray[np.bool_]

MICRO_SIZES = (11, 13, 15, 17)


class EmptyText(QrFault):
    """There is nothing to encode."""

    code = "empty_text"


@dataclass(frozen=True, eq=False)
class Matrix:
    """A symbol: `cells[row, column]` true where dark, no quiet zone. `text` is what is really encoded."""

    cells: Cells
    level: Level
    micro: bool
    text: str

    @property
    def size(self) -> int:
        """Modules along one side."""
        return len(self.cells)

    @property
    def version(self) -> int:
        """1 to 40, or 1 to 4 for Micro QR."""
        return (self.size - 9) // 2 if self.micro else (self.size - 17) // 4


def encode(text: str, design: Design, has_logo: bool = False) -> Matrix:
    """The smallest symbol for a text under a design. Raises TextTooLong or EmptyText.

    Text outside ASCII is written as UTF-8 with its ECI, so that every decoder knows.
    """
    encoded = capitals(text) if design.alphanumeric else text
    return _encode(encoded, design.level(has_logo), design.boost, design.micro)


def capitals(text: str) -> str:
    """Scheme and host of a web address in capitals, for one alphanumeric segment; other text as it is."""
    parts = urlsplit(text) if text[:8].lower().startswith(("http://", "https://")) else None
    if parts is None or not parts.netloc or "@" in parts.netloc or not parts.netloc.isascii():
        return text
    end = text.index("//") + 2 + len(parts.netloc)
    return text[:end].upper() + text[end:]


@lru_cache(maxsize=MATRIX_CACHE_ENTRIES)
def _encode(text: str, level: Level, boost: bool, micro: bool) -> Matrix:
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError as error:
        raise QrFault("text", "holds half a surrogate pair, which is not a character") from error
    if not text:
        raise EmptyText("text", "is empty")
    if size_bytes > MAX_TEXT_BYTES:
        raise TextTooLong(size_bytes, level)
    if micro and level == "H":
        raise QrFault("error_correction", "Micro QR knows L, M and Q only")
    cells = _create(text, level, micro)
    if cells is None:
        raise TextTooLong(size_bytes, level)
    higher = LEVELS[LEVELS.index(level) + 1 : 3 if micro else 4] if boost else ()
    for candidate in higher:
        stronger = _create(text, candidate, micro)
        if stronger is None or len(stronger) > len(cells):
            break
        cells, level = stronger, candidate
    cells.setflags(write=False)
    return Matrix(cells, level, micro, text)


def _create(text: str, level: Level, micro: bool) -> Cells | None:
    """The modules, or None when the text does not fit."""
    kind = zxingcpp.BarcodeFormat.MicroQRCode if micro else zxingcpp.BarcodeFormat.QRCode
    extra = {} if text.isascii() else {"eci": "UTF8"}
    try:
        barcode = zxingcpp.create_barcode(text, kind, ec_level=level, **extra)
    except ValueError as error:
        if "too long" in str(error) or "not supported" in str(error).lower():
            return None
        raise
    image: NDArray[np.uint8] = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False))
    return np.equal(image, 0)
