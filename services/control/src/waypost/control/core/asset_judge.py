"""Whether a file is what it says, told piece by piece as it passes. Pure."""

import codecs
from hashlib import sha256

from waypost.control.model.faults import TooLarge

_BEGINNING_BYTES = 16
_TEXTS = ("text/plain", "text/csv")


class Judge:
    """Sees one file from its beginning to its end."""

    def __init__(self, content_type: str, bytes_max: int) -> None:
        self._content_type = content_type
        self._bytes_max = bytes_max
        self._beginning = b""
        self._digest = sha256()
        self._text = codecs.getincrementaldecoder("utf-8")() if content_type in _TEXTS else None
        self._is_text = True
        self.size_bytes = 0

    def see(self, piece: bytes) -> None:
        """The next piece. Raises TooLarge."""
        self.size_bytes += len(piece)
        if self.size_bytes > self._bytes_max:
            raise TooLarge(f"bytes of {self._content_type}", self._bytes_max)
        self._beginning += piece[: _BEGINNING_BYTES - len(self._beginning)]
        self._digest.update(piece)
        if self._text is not None and self._is_text:
            self._is_text = b"\x00" not in piece and self._decodes(piece)

    @property
    def sha256(self) -> str:
        """The digest of the file, in hex."""
        return self._digest.hexdigest()

    def is_of_type(self) -> bool:
        """Whether the file, now at its end, begins as its type does; texts must be UTF-8 throughout."""
        if self._text is not None:
            return self._is_text and self._decodes(b"", final=True)
        return begins_as(self._beginning, self._content_type)

    def _decodes(self, piece: bytes, *, final: bool = False) -> bool:
        assert self._text is not None, "only texts are decoded"
        try:
            self._text.decode(piece, final)
        except UnicodeDecodeError:
            return False
        return True


def begins_as(body: bytes, content_type: str) -> bool:
    """Whether a file of a type without text begins as that type does."""
    match content_type:
        case "application/pdf":
            return body.startswith(b"%PDF-")
        case "video/mp4":
            return body[4:8] == b"ftyp"
        case "video/webm":
            return body.startswith(b"\x1a\x45\xdf\xa3")
        case "audio/mpeg":
            return body.startswith(b"ID3") or (body[:1] == b"\xff" and body[1:2] >= b"\xe0")
    return False
