"""From settings to the installation and its database, which both processes of control begin with."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from waypost.control import limits
from waypost.control.assets_wiring import assets_url
from waypost.control.core import bootstrap
from waypost.control.core.destination import canonical_url
from waypost.control.migrations import migrate
from waypost.control.model.faults import InvalidUrl
from waypost.control.model.installation import Installation
from waypost.control.model.plans import PUBLISHED, UNLIMITED, Plan, read_plans
from waypost.control.settings import ControlSettings
from waypost.control.store.database import Database, open_database
from waypost.runtime.settings import SettingError


def installation(settings: ControlSettings) -> Installation:
    """What the operator decided. Raises SettingError for an address or a plan that is none."""
    parts = urlsplit(settings.public_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise SettingError("WAYPOST_PUBLIC_URL", "must be an http or https URL without query")
    plans = _plans(settings)
    if settings.default_plan not in {plan.name for plan in plans}:
        raise SettingError("WAYPOST_DEFAULT_PLAN", "is not the name of a plan")
    known = Installation(
        plans=plans,
        default_plan=settings.default_plan,
        public_url=settings.public_url.rstrip("/"),
        assets_url=assets_url(settings),
        api_url=settings.api_url.rstrip("/") or f"http://localhost:{settings.control_port}",
        qr_marker=settings.qr_marker,
        allow_private_targets=settings.allow_private_targets,
        slug_characters=settings.slug_characters,
        outgoing_ports=_ports("WAYPOST_OUTGOING_PORTS", settings.outgoing_ports),
        refused_ports=_ports("WAYPOST_OUTGOING_REFUSED_PORTS", settings.outgoing_refused_ports)
        | {settings.control_port, settings.redirect_admin_port, settings.nats_port},
        refused_networks=_networks(settings.outgoing_refused_networks),
    )
    if not settings.fallback_url:
        return known
    try:
        url = canonical_url("", settings.fallback_url, known, own_hosts=(known.public_host,))
    except InvalidUrl as fault:
        raise SettingError("WAYPOST_FALLBACK_URL", fault.why) from fault
    return msgspec.structs.replace(known, fallback_url=url)


def _ports(name: str, text: str) -> frozenset[int]:
    found = frozenset(part.strip() for part in text.split(",") if part.strip())
    if not all(part.isdecimal() and 0 < int(part[:6]) < 1 << 16 for part in found):
        raise SettingError(name, "must be port numbers, separated by commas")
    return frozenset(map(int, found))


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingError("WAYPOST_OUTGOING_REFUSED_NETWORKS", str(error)) from error


def _plans(settings: ControlSettings) -> tuple[Plan, ...]:
    if not settings.plans_file:
        return PUBLISHED
    try:
        with Path(settings.plans_file).open("rb") as file:
            return (*read_plans(file.read(limits.PLANS_FILE_BYTES_MAX)), UNLIMITED)
    except (OSError, msgspec.DecodeError) as error:
        raise SettingError("WAYPOST_PLANS_FILE", str(error)) from error


def block_list_file(settings: ControlSettings) -> Path | None:
    """Where the block list is kept, None without one."""
    return Path(settings.block_list) if settings.block_list else None


async def open_control_database(settings: ControlSettings) -> Database:
    """The migrated and initialised database. Raises DatabaseUnfit."""
    file = Path(settings.data_dir) / "control" / "control.db"
    database = await open_database(settings.database_url, file, installation=installation(settings))
    await migrate(database)
    async with database.write() as tx:
        await bootstrap.initialise(tx)
    return database
