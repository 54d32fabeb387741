"""What a visitor sent by a form: from the edge that took it to control, which stores it once.

The edge keeps each answer on its disk until control says that it has it. An answer's id is made from what
was sent, so one that comes twice is the same one. It is told over request and reply; unlike scans, answers
are personal data and rest nowhere in between.
"""

from msgspec import Struct


class FormValueV1(Struct, frozen=True, array_like=True):
    """One field as the form had it, and what was written into it."""

    name: str
    label: str
    type: str
    value: str


class FormAnswerV1(Struct, frozen=True):
    """One answer. `id` has 16 bytes; `values` has the form's order. Empty text means unknown."""

    id: bytes
    at_ms: int
    link_id: bytes
    workspace_id: bytes
    values: tuple[FormValueV1, ...]
    consent: str = ""
    """The words that were agreed to; empty when none were asked for or the box was left."""
    visitor: bytes = b""
    """As in a scan; b"" when the visitor asked not to be told apart."""
    country: str = ""
    language: str = ""
    domain: str = ""


class FormTakenV1(Struct, frozen=True):
    """Control's reply: it has the answer; or, with `refused`, it never will, and asking again is no use."""

    id: bytes
    refused: str = ""
