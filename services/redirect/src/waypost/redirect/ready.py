"""A link made ready: decoded, its rules compiled, its plain answer written out. Pure."""

from msgspec import Struct

from waypost.redirect.answer import Answer, redirect_answer
from waypost.wire.codec import decode_link
from waypost.wire.destination import is_safe
from waypost.wire.link import LinkOptionsV1, LinkState, LinkV1

_NO_OPTIONS = LinkOptionsV1()


class ReadyLink(Struct, frozen=True):
    """One link as the phases use it."""

    record: LinkV1
    options: LinkOptionsV1
    answer: Answer
    """The redirect to the destination as it stands."""
    is_plain: bool
    """Nothing but time and visitor facts stand between a visitor and `answer`: no options that matter."""


def make_ready(value: bytes) -> ReadyLink:
    """Make a link ready. Raises ValueError for a destination that must never be sent.

    The agent has checked that already; this is the last check before bytes reach a header.
    """
    link = decode_link(value)
    if not is_safe(link.target):
        raise ValueError("unsafe destination in the store")
    options = link.options or _NO_OPTIONS
    return ReadyLink(
        link,
        options,
        redirect_answer(link.target, link.status, indexable=options.indexable),
        link.options is None and link.state is LinkState.ACTIVE,
    )
