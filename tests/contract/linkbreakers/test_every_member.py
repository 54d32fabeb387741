"""Every member of the vendor's models: taken and answered here, or named with the reason why not."""

import inspect
import json
import re
import typing
from collections.abc import Iterator
from typing import Any

import linkbreakers.api
from pydantic import BaseModel
from tests.contract.linkbreakers.test_every_method import NEVER
from tests.contract.linkbreakers.test_openapi import COMMITTED

DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text())
_ROUTE = re.compile(r"method='(\w+)',\s+resource_path='([^']+)'")
_BRACES = re.compile(r"\{\w+\}")
_HUMP = re.compile(r"(?<!^)([A-Z])")
_DEPTH_MAX = 6
NO_DESCRIPTION = {
    ("post", "/v1/integrations/{}"): "takes nothing, tells nothing",
    ("post", "/v1/allowances/dismiss"): "refused to every token, as by the vendor",
    ("post", "/v1/myself/workspaces/{}:switch"): "refused to every token, as by the vendor",
    ("post", "/v1/links/batch"): "its body is a bare list",
    ("post", "/v1/media/{}:complete"): "a path with a colon is matched by its first part",
    ("post", "/v1/media/{}/replace-uploads/{}:complete"): "a path with a colon is matched by its first part",
}
"""What our document cannot say of an operation; tests call it."""
_NOT_SEEN = "no script looks at the visitor's device"
_NO_DOOR = "members have tokens, no password and no place where they sign in"
_NO_PRICE = "prices are the operator's and not known here"
_NO_TRACE = "the edge tells what it answered, not which conditions it asked on the way"
MISSING = {
    "Device": dict.fromkeys(
        (
            "deviceConcurrency", "deviceMemory", "gpu", "networkBandwidth", "networkConnection", "networkRtt",
            "screenHeight", "screenRatio", "screenWidth", "touchScreen",
        ),
        _NOT_SEEN,
    ),
    **{
        f"{part}Options": dict.fromkeys(members, "the document gives the article's words; `test_designs.py` reads both")
        for part, members in (
            ("Background", ("themeColor",)),
            ("CornersDot", ("themeColor", "type")),
            ("CornersSquare", ("themeColor", "type")),
            ("Dots", ("themeColor", "type")),
        )
    },
    "Event": {"traces": "not among what `include` names; `/v1/events/{id}/traces` has them"},
    "EventTraceData": dict.fromkeys(
        (
            "contactCard", "countryCondition", "dayOfMonthCondition", "dayOfWeekCondition", "deviceActorCondition",
            "deviceBrandCondition", "deviceBrowserCondition", "devicePlatformCondition", "deviceTypeCondition", "form",
            "identifyVisitor", "media", "multiLink", "password", "socialLinks", "specificDateCondition",
            "timeOfDayCondition", "visitTypeCondition", "visitorDataCondition",
        ),
        _NO_TRACE,
    ),
    "RedirectTraceData": {"fallbackReason": "its one value is of media, which is a page here"},
    "Workspace": {
        "country": "not asked for",
        "inactiveSince": "a workspace that was stopped answers nothing",
        "linkSettingId": "settings belong to links",
        "trialEndsAt": "there are no trials",
        "unverifiedPauseAt": "nothing waits for a letter",
    },
    "WorkspaceAllowance": {"cheapestActionCost": "nothing costs credits"},
    "CustomDomainSetupGuide": {"oneClickSetup": "needs an agreement with each DNS provider"},
    "ImportMediaRequest": {"assistantAttachmentId": "there is no assistant"},
    "MediaServiceReplaceImportBody": {"assistantAttachmentId": "there is no assistant"},
    "Member": {
        "accessToken": _NO_DOOR,
        "displayLanguage": "there is nothing to display in a language",
        "emailVerifiedAt": "this installation sends no letters",
        "lastKnownCountry": _NO_DOOR,
        "lastKnownIp": _NO_DOOR,
        "lastKnownLanguage": _NO_DOOR,
        "lastKnownTimezone": _NO_DOOR,
        "lastSigninAt": _NO_DOOR,
    },
    "MembersServiceUpdateBody": {"displayLanguage": "there is nothing to display in a language"},
    "MyWorkspace": {"lastSigninAt": _NO_DOOR},
    "ListPricingPlansResponse": {"creditTopup": _NO_PRICE, "pricesUpdatedAt": _NO_PRICE},
    "PlanPrice": {"amounts": _NO_PRICE, "interval": _NO_PRICE, "monthlyEquivalents": _NO_PRICE},
    "PricingPlan": {"contactUrl": _NO_PRICE, "trial": "there are no trials"},
}  # fmt: skip
"""Model of the client to members that are not here."""


def operations() -> Iterator[tuple[str, str, type[BaseModel] | None, type[BaseModel] | None]]:
    """Each served method of the client: HTTP method, path, the model of its body, that of its answer."""
    for api, kind in inspect.getmembers(linkbreakers.api, inspect.isclass):
        for name, member in inspect.getmembers(kind, inspect.isfunction):
            if api in NEVER or name.startswith("_") or name.endswith(("_http_info", "_preload_content")):
                continue
            route = _ROUTE.search(inspect.getsource(getattr(kind, f"_{name}_serialize")))
            assert route is not None, member
            hints = {
                key: hint for key, hint in typing.get_type_hints(member).items() if not key.startswith("_")
            }
            answer = model_in(hints.pop("return"))
            bodies = [found for hint in hints.values() if (found := model_in(hint)) is not None]
            yield route[1].lower(), _BRACES.sub("{}", route[2]), next(iter(bodies), None), answer


def model_in(hint: Any) -> type[BaseModel] | None:
    """The model that a type names, in a list or not."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    return next((found for each in typing.get_args(hint) if (found := model_in(each)) is not None), None)


def meanings(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and everything it may stand for."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    yield schema
    for word in ("oneOf", "anyOf", "allOf"):
        for each in schema.get(word, ()):
            yield from meanings(each)
    if "items" in schema:
        yield from meanings(schema["items"])


def lacking(model: type[BaseModel], schema: dict[str, Any], depth: int = 0) -> Iterator[tuple[str, str]]:
    """The members of a model that a schema does not know; objects of any shape know them all."""
    found = list(meanings(schema))
    is_free = any(each.get("type") == "object" and not each.get("properties") for each in found)
    if depth > _DEPTH_MAX or is_free:
        return
    known = {name: value for each in found for name, value in each.get("properties", {}).items()}
    for name, field in model.model_fields.items():
        wire = field.alias or name
        inner = known.get(wire) or known.get(_HUMP.sub(r"_\1", wire).lower())
        if inner is None:
            yield model.__name__, wire
        elif (below := model_in(field.annotation)) is not None and below is not model:
            yield from lacking(below, inner, depth + 1)


def schema_in(holder: dict[str, Any]) -> dict[str, Any]:
    """The schema of a JSON body."""
    found: dict[str, Any] = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def test_every_member_is_taken_and_answered_or_named() -> None:
    """Neither is one missing that nobody named, nor is one named that is there."""
    paths = {_BRACES.sub("{}", path): methods for path, methods in DOCUMENT["paths"].items()}
    missing: dict[str, set[str]] = {}
    compared = 0
    for method, path, body, answer in operations():
        if (method, path) in NO_DESCRIPTION:
            continue
        operation = paths[path][method]
        good = next(each for status, each in operation["responses"].items() if status.startswith("2"))
        for model, schema in ((body, schema_in(operation.get("requestBody", {}))), (answer, schema_in(good))):
            if model is not None:
                assert schema, (method, path)
                compared += 1
                for name, member in lacking(model, schema):
                    missing.setdefault(name, set()).add(member)
    assert missing == {name: set(members) for name, members in MISSING.items()}
    assert compared > 180
