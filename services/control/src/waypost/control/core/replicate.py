"""Telling the edges: what must reach them goes out with the transaction that changed it."""

from waypost.control.model.faults import TooLarge
from waypost.control.store.tx import Tx
from waypost.wire import codec
from waypost.wire.limits import RECORD_VALUE_BYTES_MAX
from waypost.wire.link import DomainV1, LinkV1, WorkspaceV1


def publish(tx: Tx, key: bytes, value: LinkV1 | DomainV1 | WorkspaceV1 | None) -> None:
    """Let edges know the new value of a key, or (None) that there is none.

    The change is numbered when the transaction commits; the last one of a key wins. Raises TooLarge
    when the value could not travel.
    """
    if value is None:
        tx.records[key] = None
        return
    encoded = codec.encode(value)
    if len(encoded) > RECORD_VALUE_BYTES_MAX:
        raise TooLarge("bytes of rules and content in one link", RECORD_VALUE_BYTES_MAX)
    tx.records[key] = encoded
