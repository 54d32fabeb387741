"""Devices: what is known of where a visit came from."""

from datetime import datetime

from msgspec import Struct


class DeviceOut(Struct, frozen=True, kw_only=True):
    """What is known of a visitor's device and place. No address is kept, so `ip_address` is empty."""

    id: str
    device_type: str
    device_actor: str
    device_actor_name: str = ""
    device_actor_origin: str = ""
    device_brand: str
    device_name: str = ""
    platform_name: str
    platform_version: str
    browser_name: str
    browser_version: str
    browser_language: str
    country: str
    region: str
    state: str
    city: str
    timezone: str = ""
    ip_address: str = ""
    asn: int
    isp: str = ""
    user_agent: str
    last_used_at: datetime
    created_at: datetime
    updated_at: datetime
