"""The OpenAPI document: committed, complete, true for every operation, and readable."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]  # brings no types
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.control.openapi_file import FILE, generated, written
from tests.control.processes import ControlProcess
from tests.control.test_authorisation import SOME_ID, operations

from waypost.control.api.descriptions import tables
from waypost.control.api.docs import error_codes
from waypost.control.api.examples import EXAMPLES

HEADERS = {"Authorization": "Bearer an-admin-key-for-tests"}
PLANS = '[{"name": "unlimited", "api_calls_minute": 1000000, "api_burst": 1000000}]'
EXAMPLES_PER_OPERATION = 12
EXPLAINED = (".", ")", "`", "?")
"""How a sentence ends here."""
ASKS_OUTSIDE = {"fetchMetadata"}
"""Operations whose example names a site; where tests run there may be no network."""


async def test_committed_document_is_what_is_served() -> None:
    """A change of the contract is seen in review: `python -m tests.control.openapi_file` writes it anew."""
    assert FILE.read_text() == written(generated())


async def test_the_bare_address_leads_to_the_reference(client: httpx.AsyncClient) -> None:
    """A newcomer opens the printed host in a browser first, without a key."""
    answer = await client.get("/", headers={"Authorization": ""})
    assert (answer.status_code, answer.headers["location"]) == (302, "/docs")


async def test_every_operation_is_described() -> None:
    """A reference with gaps sends people to the source."""
    document = generated()
    seen = set()
    for _method, path, operation in operations(document):
        assert operation["operationId"] not in seen
        seen.add(operation["operationId"])
        assert operation["description"].endswith((".", "`", ")", '"')), path
        assert operation["tags"]
        assert {"429"} <= set(operation["responses"])
    assert document["openapi"].startswith("3.1")


async def test_every_object_member_and_parameter_is_explained() -> None:
    """A member that only has a name sends people to the source as well."""
    document = generated()
    schemas = document["components"]["schemas"]
    unexplained = [
        f"{name}.{member}"
        for name, schema in schemas.items()
        for member, shape in [("", schema), *schema.get("properties", {}).items()]
        if not shape.get("description", "").endswith(EXPLAINED)
    ]
    unexplained += [
        f"{operation['operationId']}?{parameter['name']}"
        for _method, _path, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if not parameter["description"].endswith(EXPLAINED)
    ]
    assert unexplained == []


@pytest.mark.parametrize("name", ["members.toml", "parameters.toml"])
async def test_every_explanation_is_of_something(name: str) -> None:
    """A member that went takes its explanation along."""
    document = generated()
    if name == "members.toml":
        places = {
            each: set(schema.get("properties", ()))
            for each, schema in document["components"]["schemas"].items()
        }
    else:
        places = {
            operation["operationId"]: {each["name"] for each in operation.get("parameters", ())}
            for _method, _path, operation in operations(document)
        }
    for patterns, meanings in tables(name).items():
        kinds = [kind for kind in places if any(fnmatchcase(kind, pattern) for pattern in patterns.split())]
        assert set(meanings) <= set().union(*(places[kind] for kind in kinds)), patterns


async def test_every_example_is_accepted(client: httpx.AsyncClient) -> None:
    """An example that does not work is worse than none."""
    document = generated()
    sent = 0
    for method, path, operation in operations(document):
        example = EXAMPLES.get(operation["operationId"])
        if example is None:
            continue
        filled = re.sub(r"\{\w+\}", SOME_ID, path)
        answer = await client.request(method, filled, json=example)
        outside = operation["operationId"] in ASKS_OUTSIDE and answer.json().get("field") == "url"
        assert answer.status_code < 300 or answer.status_code == 404 or outside, f"{path}: {answer.text}"
        sent += 1
    assert sent == len(EXAMPLES)


async def test_every_json_answer_is_shown_by_one_that_its_schema_takes() -> None:
    """People read the example before the schema, and tools play server with it."""
    document = generated()
    shown = 0
    for _method, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            content = answer.get("content", {}).get("application/json")
            if content is None:
                continue
            schema = {**content["schema"], "components": document["components"]}
            jsonschema.Draft202012Validator(schema).validate(content["example"])
            assert status.startswith("2"), path
            shown += 1
    assert shown > 100


async def test_reference_page_names_every_operation_and_error_without_outside_help(
    client: httpx.AsyncClient,
) -> None:
    """It must work in a closed network, and every `type` of a problem leads to its explanation."""
    page = (await client.get("/docs")).text
    document = (await client.get("/openapi.json")).json()
    for _method, path, _operation in operations(document):
        assert f"<code>{path}</code>" in page
    for code, status, meaning in error_codes():
        assert f'id="error-{code}"' in page
        assert 400 <= status <= 503
        assert meaning
    anchors = set(re.findall(r'id="([^"]*)"', page))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= anchors
    assert {f"object-{name}" for name in document["components"]["schemas"]} <= anchors
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
    assert "<script" not in page


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """One API process for all examples, with a rate limit that does not get in the way."""
    directory: Path = tmp_path_factory.mktemp("openapi")
    plans = directory / "plans.json"
    plans.write_text(PLANS)
    process = ControlProcess("api", directory / "data", WAYPOST_PLANS_FILE=str(plans))
    process.start()
    yield process
    process.kill()


@pytest.fixture
def api_schema(api: ControlProcess) -> Any:
    """The document as it is served."""
    document = httpx.get(f"{api.url}/openapi.json", trust_env=False).json()
    # Reports, QR codes and webhooks need the other services, and are judged in tests of their own.
    elsewhere = (
        "/v1/qr",
        "/v1/webhooks",
        "/v1/deliveries",
        "/v1/analytics",
        "/v1/events",
        "/v1/conversions",
        "/v1/visitors",
    )
    document["paths"] = {
        path: item
        for path, item in document["paths"].items()
        if not path.startswith(elsewhere) and "/qr" not in path
    }
    loaded = schemathesis.openapi.from_dict(document)
    loaded.config.update(base_url=api.url)
    return loaded


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def judge(operation: Any) -> None:
    """Send made-up requests of one operation. Raises whatever is wrong with an answer."""

    @settings(
        max_examples=EXAMPLES_PER_OPERATION,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        case.call_and_validate(headers=HEADERS, checks=CHECKS)

    send()


@pytest.mark.system
def test_no_request_breaks_the_api_or_its_contract(api_schema: Any) -> None:
    """Whatever is sent: no 5xx, no undocumented status, no body that differs from its schema."""
    failures: list[str] = []
    asked = 0
    for result in api_schema.get_all_operations():
        operation = result.ok()
        try:
            judge(operation)
        except (BaseExceptionGroup, Exception) as error:  # noqa: BLE001 - all are judged before any is told
            failures.append(f"{operation.label}: {error!s}")
        asked += 1
    assert asked > 55
    assert not failures, "\n\n".join(failures)
