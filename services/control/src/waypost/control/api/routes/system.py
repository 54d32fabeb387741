"""Whether this process lives, what is degraded, and its metrics."""

from litestar import Response, get
from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from waypost.control.store import replication
from waypost.control.surface.call import Caller
from waypost.runtime.logs import Log

_log = Log(__name__)


class Health(Struct, frozen=True):
    """`status` is ok, degraded or failing; `degraded` names what is away."""

    status: str
    degraded: list[str]


@get("/healthz", scope="", operation_id="health", tags=["System"], sync_to_thread=False)
def healthz() -> Health:
    """Say that this process runs."""
    return Health("ok", [])


@get("/readyz", scope="", operation_id="ready", tags=["System"])
async def readyz(call: Caller) -> Response[Health]:
    """Say whether requests can be served, and what is degraded."""
    degraded = [] if call.control.bus.is_connected else ["broker"]
    try:
        await call.read(replication.state)
    except SQLAlchemyError as error:
        _log.error("database_unreadable", cause=error)
        return Response(Health("failing", [*degraded, "database"]), status_code=503)
    return Response(Health("degraded" if degraded else "ok", degraded))


@get("/metrics", scope="", operation_id="metrics", include_in_schema=False, sync_to_thread=False)
def metrics(call: Caller) -> Response[bytes]:
    """Prometheus metrics of this process."""
    return Response(generate_latest(call.control.registry), media_type=CONTENT_TYPE_LATEST)


HANDLERS = [healthz, readyz, metrics]
