"""Wiring of the API process: plain constructors, from settings to one ASGI application."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from waypost.control import secrets_files
from waypost.control.api.application import application
from waypost.control.assets_wiring import objects_of
from waypost.control.bus import Bus
from waypost.control.core import bootstrap
from waypost.control.dialects.base.mount import HostsUnreadable, Mounts, read_hosts
from waypost.control.dialects.dialect import application as dialect_application
from waypost.control.dialects.registry import DIALECTS
from waypost.control.jobs.block_list import BlockList
from waypost.control.opening import block_list_file, open_control_database
from waypost.control.settings import ControlSettings
from waypost.control.surface.call import serving
from waypost.control.surface.control import Control
from waypost.runtime.logs import Log
from waypost.runtime.settings import SettingError

_log = Log(__name__)

Scope = MutableMapping[str, Any]
Asgi = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


@asynccontextmanager
async def control_plane(settings: ControlSettings) -> AsyncIterator[Control]:
    """The control plane of an API process, ready to serve; closed behind the block."""
    directory = Path(settings.data_dir)
    peppers = secrets_files.peppers(settings.key_pepper, directory / "control" / "pepper")
    admin_key = secrets_files.admin_key(settings.admin_key, directory / "admin.key")
    objects = objects_of(settings)
    database = await open_control_database(settings)
    bus = Bus(settings.nats_url, "control-api")
    try:
        async with database.write() as tx:
            await bootstrap.ensure_admin_key(tx, peppers, admin_key)
        database.on_commit.append(lambda _tx: bus.wake_worker())
        bus.start()
        control = Control(database, peppers, bus, objects)
        block_list = BlockList(database, block_list_file(settings), judge_links=False)
        await block_list.look()
        beside = [asyncio.create_task(part()) for part in (control.usage.run, block_list.run)]
        for task in beside:
            task.add_done_callback(_die_of)
        try:
            yield control
        finally:
            for task in beside:
                task.cancel()
            await control.usage.flush()
    finally:
        await bus.close()
        await database.close()


def dialect_hosts(settings: ControlSettings) -> dict[str, str]:
    """Host names that are dialects. Raises SettingError."""
    try:
        return read_hosts(settings.dialect_hosts, frozenset(dialect.name for dialect in DIALECTS))
    except HostsUnreadable as error:
        raise SettingError("WAYPOST_DIALECT_HOSTS", str(error)) from error


def _die_of(task: asyncio.Task[None]) -> None:
    """A part beside the requests that dies takes the process down, and says so."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("part_died", cause=error)
        signal.raise_signal(signal.SIGTERM)


def asgi(control: Control, hosts: Mapping[str, str] | None = None) -> Asgi:
    """Everything the API process serves. `hosts` maps host names to dialects."""
    native = serving(application(), control)
    dialects = {dialect.name: dialect_application(dialect, control) for dialect in DIALECTS}
    mounts: Any = Mounts(dialects, hosts or {}, otherwise=native)
    return cast("Asgi", mounts)
