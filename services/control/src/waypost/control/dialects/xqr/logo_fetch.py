"""Fetching a template's logo, once, when the template is saved, through the guarded client only."""

from waypost.control.core.webhooks import outgoing_policy
from waypost.control.model.faults import Invalid
from waypost.control.outgoing.client import GuardedClient
from waypost.control.outgoing.faults import OutgoingFault
from waypost.control.surface.call import Call
from waypost.qr.limits import MAX_LOGO_BYTES

_FIELD = "design.logo_url"


async def fetch_logo(call: Call, url: str) -> bytes:
    """The picture behind an address. Raises Invalid when there is none, or none that we may ask."""
    client = GuardedClient(outgoing_policy(call.control.database.installation))
    try:
        answer = await client.send("GET", url, answer_bytes_max=MAX_LOGO_BYTES)
    except OutgoingFault as fault:
        raise Invalid(_FIELD, fault.detail) from fault
    if answer.status != 200:
        raise Invalid(_FIELD, f"answers with status {answer.status}")
    if answer.truncated or not answer.is_identity:
        raise Invalid(_FIELD, f"gives no plain picture of at most {MAX_LOGO_BYTES} bytes")
    return answer.body
