"""What a workspace decides about its scans: retention, signals that are withheld, thresholds."""

from litestar import Response, get, patch, put
from litestar.params import JSONBody

from waypost.control.api.routes.parameters import Id
from waypost.control.api.schemas.organisation import to_command
from waypost.control.api.schemas.scan_settings import (
    ScanSettingsBody,
    ScanSettingsOut,
    ThresholdsBody,
    ThresholdsOut,
    to_settings,
    to_thresholds,
)
from waypost.control.core import scan_settings
from waypost.control.core.scan_settings import UpdateScanSettings
from waypost.control.surface.call import Caller

TAGS = ["Analytics"]


@get("/v1/analytics/settings", scope="workspace:read", operation_id="getScanSettings", tags=TAGS)
async def get_settings(call: Caller) -> ScanSettingsOut:
    """Read what this workspace decided about its scans."""
    return to_settings(await call.read(lambda tx: scan_settings.get_settings(tx, call.actor)))


@patch("/v1/analytics/settings", scope="workspace:write", operation_id="updateScanSettings", tags=TAGS)
async def update_settings(call: Caller, data: JSONBody[ScanSettingsBody]) -> Response[ScanSettingsOut]:
    """Decide how long raw scans are kept, which signals are never recorded, and which counts of people in a
    month are told. What was recorded before is not changed, but forgotten when its time is over."""
    command = to_command(data, UpdateScanSettings, retention_days=0)
    return await call.write(lambda tx: scan_settings.update_settings(tx, call.actor, command), to_settings)


@get(
    "/v1/links/{link_id:str}/thresholds",
    scope="links:read",
    operation_id="getLinkThresholds",
    tags=TAGS,
)
async def get_thresholds(call: Caller, link_id: Id) -> ThresholdsOut:
    """Read the counts of people that are told when this link passes them."""
    return to_thresholds(await call.read(lambda tx: scan_settings.get_thresholds(tx, call.actor, link_id)))


@put(
    "/v1/links/{link_id:str}/thresholds",
    scope="links:write",
    operation_id="setLinkThresholds",
    tags=TAGS,
)
async def set_thresholds(
    call: Caller, link_id: Id, data: JSONBody[ThresholdsBody]
) -> Response[ThresholdsOut]:
    """Replace the counts of people that are told (`link.threshold`) when this link passes them."""
    return await call.write(
        lambda tx: scan_settings.set_thresholds(tx, call.actor, link_id, data.counts), to_thresholds
    )


HANDLERS = [get_settings, update_settings, get_thresholds, set_thresholds]
