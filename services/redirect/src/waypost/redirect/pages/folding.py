"""Content lines of RFC 5545 (clause 3.1) and RFC 6350 (clause 3.2): escaped, folded at 75 octets, CRLF."""

LINE_OCTETS_MAX = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def escaped(value: str) -> str:
    """A TEXT value. Characters that no line may hold are left out."""
    visible = "".join(character for character in value if character >= " " or character in "\n\t")
    return visible.translate(_ESCAPES)


def folded(lines: list[str]) -> bytes:
    """The lines as a file."""
    return b"".join(_fold(line) for line in lines)


def _fold(line: str) -> bytes:
    """Cut between characters, never inside one; each further line begins with a space."""
    parts: list[bytes] = []
    current = b""
    for character in line:
        encoded = character.encode("utf-8", "replace")
        if len(current) + len(encoded) > LINE_OCTETS_MAX:
            parts.append(current)
            current = b" "
        current += encoded
    parts.append(current)
    return b"\r\n".join(parts) + b"\r\n"
