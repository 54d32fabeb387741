"""What an API needs of the control plane, wired by hand in `app.py`."""

from prometheus_client import CollectorRegistry

from waypost.control.bus import Bus
from waypost.control.core.keys import Peppers
from waypost.control.core.qr_studio import Studio
from waypost.control.store.database import Database


class Control:
    """The database, the secrets keys are judged by, the line to the broker, and this process's metrics."""

    def __init__(self, database: Database, peppers: Peppers, bus: Bus) -> None:
        self.database = database
        self.peppers = peppers
        self.bus = bus
        self.registry = CollectorRegistry()
        self.studio = Studio()
