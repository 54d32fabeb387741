"""Operations of the vendor's client that are about services of the vendor's own: refused, with what to do instead."""

import re
from typing import Any, ClassVar

from litestar import HttpMethod, Response, get, post, route
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from waypost.control.core import links
from waypost.control.dialects.linkbreakers.asked import gives, shown
from waypost.control.dialects.linkbreakers.limits import FORMS_DETECTED_MAX
from waypost.control.model.faults import NotFound
from waypost.control.model.links import LinkFilter
from waypost.control.model.page import PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import PUBLIC_POLICIES, Caller


class NotServed(NotFound):
    """Something that only the vendor's own installation has."""

    code: ClassVar[str] = "not_served"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class Refused(Struct, frozen=True):
    """Operations that are refused for one reason, under the scope that the vendor asks for."""

    reason: str
    scope: str
    operations: tuple[tuple[HttpMethod, str], ...]


_SLACK = "/v1/slack-integrations"
_FORMS = "/v1/google-forms-integrations"
_TALK = "/v1/assistant"
_FORM_HOSTS = ("docs.google.com/forms/", "forms.gle/")
_FORM = re.compile(r"https://(?:docs\.google\.com/forms/(?:u/\d+/)?d/(?:e/)?|forms\.gle/)([\w-]+)")
REFUSED = (
    Refused(
        "Slack is not connected here: send a webhook to the address that Slack gives a channel.",
        "webhooks:write",
        (
            (HttpMethod.GET, _SLACK),
            (HttpMethod.PATCH, _SLACK),
            (HttpMethod.DELETE, _SLACK),
            (HttpMethod.GET, f"{_SLACK}/channels"),
            (HttpMethod.GET, f"{_SLACK}/oauth-url"),
            (HttpMethod.POST, f"{_SLACK}/oauth/complete"),
            (HttpMethod.POST, f"{_SLACK}/test"),
        ),
    ),
    Refused(
        "Google Forms is not connected here: links show forms of their own, whose answers go to webhooks.",
        "webhooks:write",
        (
            (HttpMethod.GET, _FORMS),
            (HttpMethod.PATCH, _FORMS),
            (HttpMethod.DELETE, _FORMS),
            (HttpMethod.GET, f"{_FORMS}/oauth-url"),
            (HttpMethod.POST, f"{_FORMS}/oauth/complete"),
            (HttpMethod.POST, f"{_FORMS}/sync"),
        ),
    ),
    Refused(
        "There is no assistant here: its work can be done through this API.",
        "workspace:write",
        (
            (HttpMethod.GET, f"{_TALK}/conversation"),
            (HttpMethod.DELETE, f"{_TALK}/conversation"),
            (HttpMethod.POST, f"{_TALK}/conversation/read"),
            (HttpMethod.POST, f"{_TALK}/upload"),
            (HttpMethod.POST, f"{_TALK}/uploads"),
            (HttpMethod.POST, _TALK + "/uploads/{name:str}"),
        ),
    ),
    Refused(
        "Workspaces are made by the operator of this installation and not claimed.",
        "",
        (
            (HttpMethod.POST, "/v1/agent-identity/claim/lookup"),
            (HttpMethod.POST, "/v1/agent-identity/claim/complete"),
        ),
    ),
    Refused(
        "Addresses of members are not verified here: this installation sends no letters.",
        "members:write",
        ((HttpMethod.POST, "/v1/auth/email/verification/request"),),
    ),
)


@post(
    "/v1/integrations/{slug:str}", scope="", limited=PUBLIC_POLICIES, status_code=200, include_in_schema=False
)
async def track_integration(call: Caller, slug: FromPath[str]) -> dict[str, str]:
    """Take note that somebody tries to install an integration. Nothing is tracked here."""
    return {}


class DetectedForm(Struct, frozen=True, kw_only=True):
    """A form of Google's that a link leads to. Nobody signed in there, so none is accessible."""

    form_id: str
    form_url: str
    link_id: str
    link_name: str
    accessible: bool = False


class DetectedForms(Struct, frozen=True, kw_only=True):
    """All of them."""

    forms: list[DetectedForm]


@get(f"{_FORMS}/detected-forms", scope="webhooks:read", **gives(DetectedForms, "Google Forms"))
async def detected_forms(call: Caller) -> Response[Any]:
    """The forms of Google's that links of the workspace lead to, the newest links first."""

    async def work(tx: Tx) -> list[DetectedForm]:
        found = []
        for part in _FORM_HOSTS:
            wanted = LinkFilter(target_part=part, page=PageRequest(limit=FORMS_DETECTED_MAX))
            for view in (await links.list_links(tx, call.actor, wanted)).items:
                link = view.link
                if form := _FORM.match(link.target_url):
                    name = link.title or link.slug
                    found.append(
                        DetectedForm(
                            form_id=form[1], form_url=link.target_url, link_id=link.id, link_name=name
                        )
                    )
        return found

    return shown(call, DetectedForms(forms=await call.read(work)))


def _refusal(method: HttpMethod, path: str, refused: Refused) -> HTTPRouteHandler:
    async def refuse(call: Caller) -> None:
        raise NotServed(refused.reason)

    handler = route(
        path,
        http_method=[method],
        scope=refused.scope,
        limited=PUBLIC_POLICIES,
        status_code=200,
        include_in_schema=False,
    )
    return handler(refuse)


HANDLERS = [
    track_integration,
    detected_forms,
    *(_refusal(method, path, refused) for refused in REFUSED for method, path in refused.operations),
]
