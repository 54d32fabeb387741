"""`python -m waypost.runtime`: everything on this machine, until Ctrl-C."""

import asyncio
import signal
import sys
from pathlib import Path

from waypost.runtime.launch.faults import LaunchFault
from waypost.runtime.launch.greeting import greeting
from waypost.runtime.launch.group import Group
from waypost.runtime.settings import CommonSettings, SettingError, load


async def run(settings: CommonSettings) -> int:
    """Start, greet, wait for a signal or a death, stop. Returns the exit code."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, asked.set)
    group = Group(settings)
    first_start = group.first_start
    stopping = asyncio.create_task(asked.wait())
    starting = asyncio.create_task(group.start())
    try:
        await asyncio.wait((stopping, starting), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return 0
        starting.result()
        key = (Path(settings.data_dir) / "admin.key").read_text().strip()
        print(greeting(settings, key=key, first_start=first_start), flush=True)
        dying = asyncio.create_task(group.wait_for_death())
        await asyncio.wait((stopping, dying), return_when=asyncio.FIRST_COMPLETED)
        if not dying.done():
            dying.cancel()
            print("waypost: stopping", file=sys.stderr, flush=True)
            return 0
        print(f"waypost: {dying.result()}", file=sys.stderr, flush=True)
        return 1
    finally:
        stopping.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await group.stop()


def main() -> int:
    """Load the settings and run; every expected failure is one line and exit code 1."""
    try:
        return asyncio.run(run(load(CommonSettings)))
    except (SettingError, LaunchFault) as fault:
        print(f"waypost: {fault}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
