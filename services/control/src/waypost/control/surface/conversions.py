"""Having analytics record a lead or a sale, so that it is counted here even if this process dies meanwhile."""

import msgspec

from waypost.control import limits
from waypost.control.model.customers import WriteCustomer
from waypost.control.model.faults import Invalid
from waypost.control.store import pending_conversions
from waypost.control.surface.control import Control
from waypost.wire.conversion import ConversionV1, RecordConversion


async def record_conversion(
    control: Control, command: RecordConversion, customer: WriteCustomer | None = None
) -> ConversionV1:
    """What analytics stored. The caller counts and announces it with `keep_conversion`, with the same customer;
    if it never does, the worker will.

    Raises Invalid when analytics refuses a field, Unavailable when it does not answer; then it is
    recorded later if it was not.
    """
    # Destinations get a click id with dashes, as a UUID is written; analytics keeps the bare digits.
    command = msgspec.structs.replace(command, click_id=command.click_id.replace("-", "").lower())
    async with control.database.write() as tx:
        pending = pending_conversions.Pending(command, customer)
        await pending_conversions.put(tx, pending, tx.now_ms + limits.CONVERSION_OVERDUE_MS)
    try:
        return await control.bus.ask(command, ConversionV1)
    except Invalid:
        async with control.database.write() as tx:
            await pending_conversions.forget(tx, pending_conversions.key_of(command))
        raise
