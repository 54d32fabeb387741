"""`python -m waypost.analytics`: counts scans until SIGTERM; its commands speak to the running service."""

import argparse
import asyncio
import sys
from pathlib import Path

import msgspec
import uvloop

from waypost.analytics.app import serve
from waypost.analytics.settings import AnalyticsSettings
from waypost.analytics.store.commit import StoreUnfit
from waypost.runtime import logs
from waypost.runtime.broker import Broker, BrokerError, BrokerUnavailable
from waypost.runtime.launch.faults import LaunchFault
from waypost.runtime.launch.nats_server import own_broker
from waypost.runtime.settings import SettingError, load
from waypost.wire.codec import decode_reply, encode
from waypost.wire.queries import AcceptGapQuery, Query, StatusQuery
from waypost.wire.subjects import ANALYTICS_QUERY
from waypost.wire.upkeep import RebuildRollups, Reclassify

_log = logs.Log(__name__)
CONNECT_TIMEOUT_S = 10.0
COMMAND_TIMEOUT_S = 3600.0
"""Judging a long history again takes a while."""


def main(arguments: list[str]) -> int:
    """Run the service or one command; the exit code says whether it went well."""
    options = _parse(arguments)
    logs.configure("analytics")
    try:
        settings = load(AnalyticsSettings)
        if options.command:
            return asyncio.run(_ask(_broker_of(settings), _query(options)))
        if not settings.nats_url:
            raise SettingError("WAYPOST_NATS_URL", "must name the broker")
        uvloop.run(serve(settings, options.ready_fd))
    except (SettingError, StoreUnfit, BrokerError, LaunchFault) as error:
        _log.error("cannot_run", reason=str(error))
        return 1
    except Exception as error:  # noqa: BLE001 - the last line of defence: one clear line, then out
        _log.error("died", cause=error)
        return 1
    return 0


def _query(options: argparse.Namespace) -> Query:
    """What a command asks of the service."""
    match options.command:
        case "reclassify":
            return Reclassify()
        case "rebuild":
            return RebuildRollups(repair=options.repair)
        case "accept-gap":
            return AcceptGapQuery(options.node, options.epoch)
    return StatusQuery()


def _broker_of(settings: AnalyticsSettings) -> str:
    """Where the running service is asked: by the broker that is named, or the one of `make run`."""
    found = settings.nats_url or own_broker("analytics", Path(settings.data_dir), settings.nats_port)
    if not found:
        raise SettingError(
            "WAYPOST_NATS_URL", f"must name the broker: `make run` never started one in {settings.data_dir}"
        )
    return found


async def _ask(nats_url: str, query: Query) -> int:
    """Send one question to the running service and print its answer as JSON. Raises BrokerUnavailable."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            broker = await Broker.connect(nats_url, "analytics-command")
    except TimeoutError:
        raise BrokerUnavailable("the broker does not answer: is Waypost running?") from None
    try:
        reply = decode_reply(
            await broker.request(ANALYTICS_QUERY, encode(query), timeout_s=COMMAND_TIMEOUT_S)
        )
    finally:
        await broker.close()
    if reply.error is not None:
        print(f"{reply.error.code}: {reply.error.message}", file=sys.stderr)
        return 1
    print(msgspec.json.encode(msgspec.msgpack.decode(reply.answer)).decode())
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m waypost.analytics", description=__doc__)
    parser.add_argument("--ready-fd", type=int, default=None, help="descriptor to announce readiness on")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("status", help="how far the service has read, and what it holds back")
    commands.add_parser("reclassify", help="judge all stored scans again by the lists of today")
    rebuild = commands.add_parser(
        "rebuild", help="compare the rollups with the scans; prints how many rows differ"
    )
    rebuild.add_argument("--repair", action="store_true", help="put right what differs")
    accept = commands.add_parser("accept-gap", help="give up the missing scans of a held spool")
    accept.add_argument("node")
    accept.add_argument("epoch", type=int)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
