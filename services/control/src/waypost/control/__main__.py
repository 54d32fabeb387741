"""`python -m waypost.control api|worker`: one process of the control plane."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

import uvloop

from waypost.control.serve import serve_api
from waypost.control.settings import ControlSettings
from waypost.control.store.database import DatabaseUnfit
from waypost.control.worker import serve_worker
from waypost.runtime import logs
from waypost.runtime.broker import BrokerUnfit
from waypost.runtime.settings import SettingError, load

_log = logs.Log(__name__)

_ROLES: dict[str, Callable[[ControlSettings, int | None], Awaitable[None]]] = {
    "api": serve_api,
    "worker": serve_worker,
}


def main() -> int:
    """Run a role until SIGTERM; 0 when it ended cleanly, 1 after one clear line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m waypost.control")
    parser.add_argument("role", choices=sorted(_ROLES))
    parser.add_argument("--ready-fd", type=int, default=None)
    arguments = parser.parse_args()
    logs.configure(f"control-{arguments.role}")

    async def run() -> None:
        await _ROLES[arguments.role](load(ControlSettings), arguments.ready_fd)

    try:
        uvloop.run(run())
    except (SettingError, DatabaseUnfit, BrokerUnfit, OSError) as error:
        _log.error("cannot_run", reason=str(error))
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0
    except Exception as error:  # noqa: BLE001 - the top: one line with the trace, then out
        _log.error("died", cause=error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
