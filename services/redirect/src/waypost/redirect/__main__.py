"""`python -m waypost.redirect agent` and `python -m waypost.redirect worker --index I`.

Each loads what its own part needs: what the agent brings along is a third of a worker's start.
"""

import argparse
import asyncio
import gc
import sys

from waypost.redirect.settings import RedirectSettings
from waypost.redirect.spool import SpoolTaken
from waypost.runtime import logs
from waypost.runtime.logs import Log
from waypost.runtime.settings import SettingError, load

_log = Log("waypost.redirect")


def main() -> int:
    """Run one process of the edge; the exit status says whether it ended well."""
    parser = argparse.ArgumentParser(prog="python -m waypost.redirect")
    roles = parser.add_subparsers(dest="role", required=True)
    for name in ("agent", "worker"):
        role = roles.add_parser(name)
        role.add_argument("--ready-fd", type=int, default=None)
        if name == "worker":
            role.add_argument("--index", type=int, default=0)
    arguments = parser.parse_args()
    logs.configure(f"redirect-{arguments.role}")
    try:
        settings = load(RedirectSettings)
        if arguments.role == "agent":
            from waypost.redirect import agent

            asyncio.run(agent.serve(settings, arguments.ready_fd))
        else:
            gc.disable()  # nothing that is loaded is garbage, and `worker` collects when it has begun
            from waypost.redirect import worker

            worker.run(settings, arguments.index, arguments.ready_fd)
    except SettingError as error:
        _log.error("bad_setting", name=error.name, why=error.why)
        return 2
    except (SpoolTaken, OSError) as error:
        _log.error("cannot_run", why=str(error))
        return 1
    except BaseExceptionGroup as group:
        _log.error("died", cause=group.exceptions[0], why=repr(group.exceptions[0]))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
