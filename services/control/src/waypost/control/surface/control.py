"""What an API needs of the control plane, wired by hand in `app.py`."""

import asyncio
import time

from prometheus_client import CollectorRegistry

from waypost.control import limits
from waypost.control.bus import Bus
from waypost.control.core.asset_files import AssetFiles
from waypost.control.core.keys import Peppers
from waypost.control.core.qr_studio import Studio
from waypost.control.objects import Objects
from waypost.control.store.database import Database
from waypost.control.surface.limiter import Limiter
from waypost.control.surface.usage import UsageBook


class Control:
    """The database, the secrets keys are judged by, the line to the broker, and this process's metrics."""

    def __init__(self, database: Database, peppers: Peppers, bus: Bus, objects: Objects) -> None:
        self.database = database
        self.peppers = peppers
        self.bus = bus
        self.registry = CollectorRegistry()
        self.limiter = Limiter()
        self.usage = UsageBook(database)
        self.studio = Studio()
        self.assets = AssetFiles(objects, self.studio)
        self.fetches = asyncio.Semaphore(limits.FETCHES_AT_ONCE)
        self.is_ending = False
        """Set when the process is told to stop: answers without an end end then."""

    def monotonic_us(self) -> int:
        """A clock for intervals, which no clock step moves."""
        return time.monotonic_ns() // 1000
