"""A plain Starlette redirect over a dict, as a peer: `python edge_plain.py PORT LINKS`."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from tests.bench.edge_load import slug, target

LINKS = {slug(number): target(number) for number in range(int(sys.argv[2]))}


async def follow(request: Request) -> Response:
    """Redirect to the destination."""
    found = LINKS.get(request.path_params["slug"])
    return RedirectResponse(found, 302) if found else PlainTextResponse("not found", 404)


if __name__ == "__main__":
    app = Starlette(routes=[Route("/{slug}", follow)])
    uvicorn.run(
        app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="error"
    )
