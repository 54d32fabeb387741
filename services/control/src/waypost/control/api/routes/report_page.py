"""The abuse report as a page for people; what it takes is what `POST /v1/reports` takes."""

from typing import Annotated

from litestar import Response, get, post
from litestar.params import QueryParameter, URLEncodedBody

from waypost.control import limits
from waypost.control.api.problem import SURFACE
from waypost.control.api.report_page import HEADERS, ReportForm, form_page, taken_page
from waypost.control.core import safety
from waypost.control.model.faults import Fault, RateLimited
from waypost.control.surface.call import REPORT_POLICIES, Caller, limit_address

Shown = Annotated[str, QueryParameter(max_length=limits.URL_CHARACTERS_MAX)]


@get("/report", scope="", include_in_schema=False, sync_to_thread=False)
def show(url: Shown = "") -> Response[str]:
    """The empty form; `?url=` fills in the link, for pages that lead here."""
    return _html(form_page(ReportForm(short_url=url)), 200)


@post("/report", scope="", include_in_schema=False)
async def take(call: Caller, data: URLEncodedBody[ReportForm]) -> Response[str]:
    """Take the report, or show the form again with what is wrong."""
    try:
        limit_address(call.request, REPORT_POLICIES)
        async with call.control.database.write() as tx:
            report = await safety.report_link(tx, data.short_url, data.reason, data.contact)
    except Fault as fault:
        failure = SURFACE.failure(fault, request_id="", method="POST")
        answer = _html(form_page(data, wrong_field=failure.field, wrong=failure.message), failure.status)
        if isinstance(fault, RateLimited):
            answer.headers["Retry-After"] = str(fault.retry_after_s)
        return answer
    return _html(taken_page(report.id), 201)


def _html(page: str, status: int) -> Response[str]:
    return Response(page, status_code=status, media_type="text/html", headers=dict(HEADERS))


HANDLERS = [show, take]
