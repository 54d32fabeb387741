"""The API of control in a process of its own, whose event loop is asked all the time how late it is.

`python -m tests.bench.control_process DIRECTORY PORT KEY` serves until its standard input ends, then prints JSON:
by how many milliseconds each sleep of LAG_LOOK_S ended too late, and the processor time it used meanwhile.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

from waypost.control import collector
from waypost.control.app import asgi
from waypost.control.bus import Bus
from waypost.control.core import bootstrap
from waypost.control.core.keys import Peppers
from waypost.control.migrations import migrate
from waypost.control.model.installation import Installation
from waypost.control.model.plans import Plan
from waypost.control.objects.local import LocalObjects
from waypost.control.store.database import open_database
from waypost.control.surface.control import Control

LAG_LOOK_S = 0.01
_PLAN = Plan(name="unlimited", api_calls_minute=10**7, api_burst=10**7)


async def _serve(directory: Path, port: int, key: str) -> dict[str, Any]:
    peppers = Peppers((b"bench",))
    place = Installation(public_url="https://go.example", plans=(_PLAN,))
    database = await open_database("", directory / "control.db", installation=place)
    await migrate(database)
    async with database.write() as tx:
        await bootstrap.initialise(tx)
        await bootstrap.ensure_admin_key(tx, peppers, key)
    control = Control(database, peppers, Bus("", "bench"), LocalObjects(directory / "assets"))
    config = uvicorn.Config(
        asgi(control),
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        loop="none",
    )
    server = uvicorn.Server(config)
    lags_ms: list[float] = []

    async def look() -> None:
        while not server.should_exit:
            started = time.monotonic()
            await asyncio.sleep(LAG_LOOK_S)
            lags_ms.append((time.monotonic() - started - LAG_LOOK_S) * 1000)

    async def wait() -> None:
        await asyncio.to_thread(sys.stdin.read)
        server.should_exit = True

    collector.settle()  # as the service does
    began_s = time.process_time()
    await asyncio.gather(server.serve(), look(), wait())
    used_s = time.process_time() - began_s
    await database.close()
    return {"lags_ms": lags_ms, "processor_s": used_s}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))))
