"""Refusing query parameters that an operation does not have: a filter with a typo must not list everything."""

from litestar import Litestar
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import HTTPRoute

from waypost.control.model.faults import Invalid
from waypost.control.surface.call import AnyConnection

_STATE = "query_names"


def remember_query_names(app: Litestar) -> None:
    """Note which parameters each operation of an application has, those of its dependencies included."""
    app.state[_STATE] = {
        handler.operation_id: frozenset(each.field_alias for each in model.expected_query_params)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler, model in route.route_handler_map.values()
        # Public addresses may carry what others add to them, such as a signature or a campaign.
        if isinstance(handler.operation_id, str) and handler.opt.get("scope")
    }


async def refuse_unknown_names(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Guard. Raises Invalid naming the parameter."""
    identity = handler.operation_id if isinstance(handler, HTTPRouteHandler) else None
    known = connection.app.state.get(_STATE, {}).get(identity)
    if known is None:
        return
    for name in connection.query_params:
        if name not in known:
            raise Invalid(name, "there is no such parameter")
