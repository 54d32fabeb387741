"""Copy links from a vendor to Waypost, slugs included: python copy_links.py VENDOR OLD_URL OLD_KEY NEW_URL NEW_KEY

Both sides speak the vendor's API, so links are read and written in its own words; of Linkbreakers, workflows are
copied as well, and of xQR, link-in-bio pages. Needs nothing but Python. Where a limit of requests is reached, it waits
and goes on. Run it again whenever you like: a slug that is taken at the new place is left alone and named.
"""

import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_CODEQR = (
    "url key externalId tenantId title description image video comments archived proxy rewrite doIndex publicStats"
    " trackConversion expiresAt expiredUrl ios android geo utm_source utm_medium utm_campaign utm_term utm_content"
    " testVariants rules"
)
_CODE = "type static bgColor fgColor size level showLogo logo excavate text email phone sms whatsapp wifi vcard crypto"
# Where links are listed and made, how an answer holds them, and how a link is read into a new one: the new
# member, and the old one that it is taken from.
VENDORS: dict[str, list[Json]] = {
    "linkbreakers": [
        {
            "list": "/v1/links?pageSize=100&include=customDomain&include=tags",
            "next": {"nextPageToken": "pageToken"},
            "in": "links",
            "make": "/v1/links",
            "domains": {
                "list": "/v1/custom-domains?pageSize=100",
                "in": "customDomains",
                "host": "name",
                "value": "id",
            },
            "domain": ("customDomainId", "customDomain"),
            "members": {"shortlink": "shortlink"},
            "same": (
                "destination name fallbackDestination metadata tags leadGoalDefinition leadTargetDefinition"
                " purpose expiresAt expiredDestination conversionTracking"
            ),
        }
    ],
    "trimlink": [
        {
            "list": "/api/v1/links?limit=100",
            "next": "page",
            "in": "data",
            "make": "/api/v1/shorten",
            "members": {"url": "destinationUrl", "customCode": "shortCode"},
            "same": "title description expiresAt",
        }
    ],
    "codeqr": [
        # Codes come first: a list of links may hold them too, as links without a content.
        {
            "list": f"/{kind}?pageSize=100&showArchived=true",
            "next": "page",
            "in": "",
            "make": f"/{kind}",
            "domains": {"list": "/domains?pageSize=100", "in": "", "host": "slug", "value": "slug"},
            "domain": ("domain", "domain"),
            "members": {"tagNames": "tags"},
            "same": f"{_CODEQR} {more}",
        }
        for kind, more in (("qrcodes", _CODE), ("links", ""))
    ],
    "qrsbd": [
        {
            "list": f"/api/v1/{kind}",
            "next": "",
            "in": "data",
            "make": f"/api/v1/{kind}",
            "members": {},
            "same": f"slug target_url title is_dynamic smart_rules expires_at {more}",
        }
        for kind, more in (("qrcodes", "template_type content design"), ("links", ""))
    ],
    "xqr": [
        {
            "list": "/api/v1/links?limit=200",
            "next": "offset",
            "in": "data",
            "make": "/api/v1/links",
            "members": {"url": "destination", "custom_slug": "short_code"},
            "same": "labels routing_rules expires_at enabled",
        },
        {
            "list": "/api/v1/bio/pages?limit=200",
            "next": "offset",
            "in": "data",
            "make": "/api/v1/bio/pages",
            "members": {},
            "same": "title slug bio avatar_url theme links",
        },
    ],
}
STEPS_OF = "/v1/links"
"""Links with workflows."""
STEP_MEMBERS = ("id", "eventAction", "canvasPosition", "attributeCapture", "backButton")
LEADS = ("nextStepId", "next_step_id", "elseNextStepId", "else_next_step_id")
BORN = ["EVENT_ACTION_CLIENT_REDIRECT", "EVENT_ACTION_LINK_VISIT"]
"""The workflow that every link is born with, which needs no drawing."""
PAGE_ONLY = {"title": "…"}
"""With what a link of Linkbreakers is made that leads nowhere, until its own page is drawn."""
TRIES = 5
WAIT_S = 60
"""Where the answer to too many requests does not say how long."""


def ask(method: str, url: str, key: str, body: Json | None = None) -> Any:
    """One request; the answer as JSON."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "X-Field-Case": "camel"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    for _ in range(TRIES - 1):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 429:
                raise
            time.sleep(float(error.headers.get("Retry-After") or WAIT_S))
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def domains_at(how: Json, base: str, key: str) -> dict[str, str]:
    """What a new link calls each domain of the new place, where the vendor's links name their domain."""
    if "domains" not in how:
        return {}
    wanted = how["domains"]
    answer = ask("GET", f"{base}{wanted['list']}", key)
    return {
        each[wanted["host"]]: each[wanted["value"]]
        for each in (answer[wanted["in"]] if wanted["in"] else answer)
    }


def camel(members: Json) -> Json:
    """Linkbreakers' article writes snake_case, its client camelCase; here it is the client's."""
    return {re.sub("_([a-z])", lambda found: found[1].upper(), name): each for name, each in members.items()}


def with_steps(link: Json, base: str, key: str) -> Json:
    """A link of Linkbreakers with its workflow, which alone knows where the link leads."""
    answer = camel(ask("GET", f"{base}{STEPS_OF}/{link['id']}/workflow-steps?pageSize=1000", key))
    steps = [camel(step) for step in answer["workflowSteps"]]
    redirects = [camel(step["payload"]).get("clientRedirect") for step in steps]
    leads = [camel(redirect) for redirect in redirects if redirect]
    found = {"destination": "", "conversionTracking": False, **(leads[0] if leads else {}), **link}
    return {**found, "steps": steps}


def unled(payload: Any) -> Any:
    """A payload without where its exits lead: those steps are not there yet."""
    if isinstance(payload, list):
        return [unled(each) for each in payload]
    if not isinstance(payload, dict):
        return payload
    return {name: unled(each) for name, each in payload.items() if name not in LEADS}


def draw(steps: list[Json], url: str, key: str) -> None:
    """Draw a workflow of Linkbreakers again, in the place of the entry and exit that a link is born with."""
    entry, leave = (camel(step) for step in camel(ask("GET", url, key))["workflowSteps"])
    names = {step["id"]: step["id"] for step in steps}
    for step in steps:
        if step["kind"] == "KIND_ENTRY":
            names[step["id"]] = entry["id"]
            continue
        body = {name: step[name] for name in STEP_MEMBERS if step.get(name)}
        ask("POST", url, key, {**body, "payload": unled(step["payload"])})
    for step in steps:
        for branch in map(camel, step.get("branches", ())):
            if branch.get("nextStepId"):
                exit_url = f"{url}/{names[step['id']]}/branches/{urllib.parse.quote(branch['branchId'])}"
                ask("PUT", f"{exit_url}/connection", key, {"nextStepId": names[branch["nextStepId"]]})
    ask("DELETE", f"{url}/{leave['id']}", key)


def finish(vendor: str, link: Json, made: Json, url: str, key: str) -> None:
    """What takes more requests: a workflow of Linkbreakers, a code of QRs.bd that was paused, a page of xQR that is
    public."""
    if vendor == "linkbreakers" and sorted(step["eventAction"] for step in link["steps"]) != BORN:
        draw(link["steps"], f"{url}/{made['link']['id']}/workflow-steps", key)
    if vendor == "qrsbd" and not link["is_active"]:
        ask("PATCH", f"{url}/{made['data']['id']}", key, {"is_active": False})
    if vendor == "xqr" and link.get("published"):
        ask("POST", f"{url}/{made['data']['id']}/publish", key)


def is_locked(link: Json) -> bool:
    """Whether a link asked for a password at the old place."""
    steps = [step["eventAction"] for step in link.get("steps", ())]
    return bool(link.get("password") or link.get("has_password") or "EVENT_ACTION_PASSWORD_VERIFY" in steps)


def links_of(how: Json, base: str, key: str) -> Iterator[Json]:
    """Every link of a vendor's list, page by page."""
    more, page, offset = "", 1, 0
    while True:
        answer = ask("GET", f"{base}{how['list']}{more}", key)
        if how["make"] == STEPS_OF:
            answer = camel(answer)
            answer["links"] = [with_steps(camel(link), base, key) for link in answer["links"]]
        found = answer[how["in"]] if how["in"] else answer
        yield from found
        page, offset = page + 1, offset + len(found)
        if not found or not how["next"]:
            return
        if isinstance(how["next"], dict):
            (told, asked), *_ = how["next"].items()
            if not answer.get(told):
                return
            more = f"&{asked}={urllib.parse.quote(answer[told])}"
        else:
            more = f"&{how['next']}={page if how['next'] == 'page' else offset}"


def new_link(how: Json, link: Json, domains: dict[str, str]) -> Json:
    """The body that makes a link again, under its own domain where the new place has it."""
    wanted = {**{name: name for name in how["same"].split()}, **how["members"]}
    body = {new: link[old] for new, old in wanted.items() if link.get(old) not in (None, "", [], {})}
    for tags in ("tags", "tagNames"):
        if tags in body:
            body[tags] = [tag["name"] if isinstance(tag, dict) else tag for tag in body[tags]]
    if domains:
        new, old = how["domain"]
        host = link.get(old) or ""
        if isinstance(host, dict):
            host = host[how["domains"]["host"]]
        if host in domains:
            body[new] = domains[host]
    return body


def main(vendor: str, old_url: str, old_key: str, new_url: str, new_key: str) -> None:
    """Copy, and say what was left out."""
    new_url, copied, left_out = new_url.rstrip("/"), 0, 0
    for how in VENDORS[vendor]:
        domains = domains_at(how, new_url, new_key)
        for link in links_of(how, old_url.rstrip("/"), old_key):
            body = new_link(how, link, domains)
            make = f"{new_url}{how['make']}"
            if vendor == "linkbreakers" and "destination" not in body:
                make, body = f"{make}/thank-you", body | PAGE_ONLY
            try:
                made = ask("POST", make, new_key, body)
                finish(vendor, link, made, f"{new_url}{how['make']}", new_key)
            except urllib.error.HTTPError as error:
                print(f"left out: {json.dumps(body)}: {error.code} {error.read().decode()}")
                left_out += 1
                continue
            print(f"copied: {json.dumps(body)}")
            copied += 1
            if is_locked(link):
                print("  WITHOUT ITS PASSWORD, which no API tells: set it anew, until then everybody gets in")
    print(f"{copied} copied, {left_out} left out")


if __name__ == "__main__":
    if len(sys.argv) != 6 or sys.argv[1] not in VENDORS:
        sys.exit(f"{(__doc__ or '').splitlines()[0]}\nVENDOR is one of {', '.join(VENDORS)}.")
    main(*sys.argv[1:])
