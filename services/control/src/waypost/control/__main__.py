"""`python -m waypost.control api|worker`: one process of the control plane."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

import uvloop

from waypost.control import collector
from waypost.control.settings import ControlSettings
from waypost.control.store.database import DatabaseUnfit
from waypost.runtime import logs
from waypost.runtime.broker import BrokerUnfit
from waypost.runtime.settings import SettingError, load

_log = logs.Log(__name__)

Role = Callable[[ControlSettings, int | None], Awaitable[None]]


def _api() -> Role:
    from waypost.control.serve import serve_api

    return serve_api


def _worker() -> Role:
    from waypost.control.worker import serve_worker

    return serve_worker


_ROLES: dict[str, Callable[[], Role]] = {"api": _api, "worker": _worker}
"""Each loads its own half of the code only, which is most of what a start takes."""


def main() -> int:
    """Run a role until SIGTERM; 0 when it ended cleanly, 1 after one clear line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m waypost.control")
    parser.add_argument("role", choices=sorted(_ROLES))
    parser.add_argument("--ready-fd", type=int, default=None)
    arguments = parser.parse_args()
    logs.configure(f"control-{arguments.role}")
    collector.pause()
    role = _ROLES[arguments.role]()

    async def run() -> None:
        await role(load(ControlSettings), arguments.ready_fd)

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
