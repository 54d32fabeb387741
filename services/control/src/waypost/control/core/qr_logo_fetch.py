"""Pictures by address: fetched once, through the guarded client only."""

from waypost.control import limits
from waypost.control.core.webhooks import outgoing_policy
from waypost.control.model.faults import Invalid
from waypost.control.model.installation import Installation
from waypost.control.outgoing.client import GuardedClient
from waypost.control.outgoing.faults import OutgoingFault


async def fetch_logo(installation: Installation, url: str, field: str = "logo_url") -> bytes:
    """The bytes of a logo. Raises Invalid naming `field` when there are none, or none we may ask for."""
    return await fetch_picture(installation, url, field, limits.QR_LOGO_BYTES_MAX)


async def fetch_picture(installation: Installation, url: str, field: str, bytes_max: int) -> bytes:
    """The bytes behind an address, which may be no picture. Raises Invalid naming `field`."""
    client = GuardedClient(outgoing_policy(installation))
    try:
        answer = await client.send("GET", url, answer_bytes_max=bytes_max)
    except OutgoingFault as fault:
        raise Invalid(field, fault.detail) from fault
    if answer.status != 200:
        raise Invalid(field, f"answers with status {answer.status}")
    if answer.truncated or not answer.is_identity:
        raise Invalid(field, f"gives no plain picture of at most {bytes_max} bytes")
    return answer.body
