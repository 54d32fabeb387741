"""Every method of the vendor's client: called by a test of this directory, or refused as the vendor's own business."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import linkbreakers
import linkbreakers.api
import pytest
from linkbreakers.exceptions import BadRequestException, NotFoundException
from linkbreakers.models.error_response import ErrorResponse
from tests.contract.linkbreakers.test_sdk import create, refusal, run
from tests.contract.linkbreakers.test_workflows import step, steps
from tests.contract.world import World

from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS

HERE = Path(__file__).parent
SOMEBODY = "01920000-0000-7000-8000-000000000000"
_OTHER_FORMS = ("_with_http_info", "_without_preload_content")
_ROUTE = re.compile(r"method='(\w+)',\s+resource_path='([^']+)'")
NEVER = {"AgentIdentityApi", "AssistantApi", "AuthApi", "GoogleFormsIntegrationsApi", "SlackIntegrationsApi"}
"""About services of the vendor's own."""


def methods() -> Iterator[tuple[str, str, str, str]]:
    """Each method of the client: its class, its name, its HTTP method and path."""
    for api, kind in inspect.getmembers(linkbreakers.api, inspect.isclass):
        for name, member in inspect.getmembers(kind, inspect.isfunction):
            if name.startswith("_") or name.endswith(_OTHER_FORMS):
                continue
            route = _ROUTE.search(inspect.getsource(getattr(kind, f"_{name}_serialize")))
            assert route is not None, member
            yield api, name, route[1], route[2]


DETECTING = "google_forms_integrations_service_list_detected_forms"
"""Asks Google nothing."""
SERVED = [name for api, name, _, _ in methods() if api not in NEVER or name == DETECTING]
REFUSED = [(verb, path) for api, name, verb, path in methods() if api in NEVER and name != DETECTING]


def test_every_method_that_is_served_is_called_by_a_test() -> None:
    """A method that nobody called is one of which nobody knows whether the client reads the answer."""
    sources = "".join(file.read_text() for file in sorted(HERE.glob("test_*.py")))
    assert [name for name in SERVED if f".{name}(" not in sources] == []
    assert len(SERVED) + len(REFUSED) > 170


async def test_what_is_never_served_is_refused_with_its_reason(
    client: httpx.AsyncClient, world: World
) -> None:
    """404 with the four members that the client requires, and a sentence that says what to do instead."""
    for verb, path in REFUSED:
        answer = await client.request(verb, re.sub(r"\{\w+\}", SOMEBODY, path))
        assert (answer.status_code, answer.json()["codeType"]) == (404, "NOT_FOUND"), path
        error = ErrorResponse.from_dict(answer.json())
        assert error is not None
        assert " here" in (error.message or "") or "operator" in (error.message or ""), path
    async with world.client(LINKBREAKERS, "") as nobody:
        assert (await nobody.get("/v1/slack-integrations")).status_code == 401


async def test_an_attempt_to_install_something_is_taken_note_of(served: str) -> None:
    """And forgotten: nothing is tracked."""
    await run(
        served,
        lambda client: linkbreakers.IntegrationsServiceApi(client).integrations_service_track("zapier"),
    )


async def test_forms_that_links_lead_to_are_found(served: str) -> None:
    """By their destination; nobody signed in at Google, so none is accessible."""
    address = "https://docs.google.com/forms/d/e/1FAIpQLSd_x-y/viewform"

    def work(client: linkbreakers.ApiClient) -> None:
        request = linkbreakers.CreateLinkRequest(destination=address, name="Survey")
        made = linkbreakers.LinksApi(client).links_service_create(request).link
        assert made is not None
        create(client)
        api = linkbreakers.GoogleFormsIntegrationsApi(client)
        (found,) = api.google_forms_integrations_service_list_detected_forms().forms or []
        assert (found.form_id, found.form_url) == ("1FAIpQLSd_x-y", address)
        assert (found.link_id, found.link_name, found.accessible) == (made.id, "Survey", False)

    await run(served, work)


async def test_a_directory_is_read_and_moved(served: str) -> None:
    """Its path follows its name and its parent."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.DirectoriesApi(client)
        made = [
            api.directories_service_create(linkbreakers.CreateDirectoryRequest(name=name)).directory
            for name in ("Campaigns", "Spring")
        ]
        top, below = (each.id or "" for each in made if each is not None)
        body = linkbreakers.DirectoriesServiceUpdateBody(name="Summer", parentDirectoryId=top)
        moved = api.directories_service_update(below, body).directory
        assert moved is not None
        assert moved.path == "Campaigns/Summer"
        assert api.directories_service_get(below).directory == moved

    await run(served, work)


async def test_a_design_is_made_without_a_token_read_and_deleted(served: str) -> None:
    """The client's way: public creation, adopted by a link, gone when no link has it."""

    def work(client: linkbreakers.ApiClient) -> None:
        api, links = linkbreakers.QRCodeDesignsApi(client), linkbreakers.LinksApi(client)
        request = linkbreakers.PublicCreateQrcodeDesignRequest.from_dict(
            {"dotsOptions": {"type": "DOTS_TYPE_DOTS"}, "width": 300, "height": 300}
        )
        assert request is not None
        made = api.qrcode_design_service_public_create(request).qrcode_design
        assert made is not None
        link = create(client, qrcodeDesignId=made.id)
        read = api.qrcode_design_service_get(made.id or "").qrcode_design
        assert read is not None
        assert read.dots_options is not None
        assert read.dots_options.type == "DOTS_TYPE_DOTS"
        with pytest.raises(linkbreakers.ApiException) as used:
            api.qrcode_design_service_delete(made.id or "")
        assert used.value.status in (404, 412)
        links.links_service_delete(link.id or "")

    await run(served, work)


async def test_ones_own_design_is_deleted_when_no_link_has_it(served: str, client: httpx.AsyncClient) -> None:
    """412 before, gone afterwards."""
    made = (await client.post("/v1/qrcode-designs", json={"width": 300})).json()["qrcode_design"]["id"]

    def work(sdk: linkbreakers.ApiClient) -> None:
        api, links = linkbreakers.QRCodeDesignsApi(sdk), linkbreakers.LinksApi(sdk)
        link = create(sdk, qrcodeDesignId=made)
        with pytest.raises(linkbreakers.ApiException) as used:
            api.qrcode_design_service_delete(made)
        assert (used.value.status, refusal(used.value).code_type) == (412, "FAILED_PRECONDITION")
        links.links_service_delete(link.id or "")
        api.qrcode_design_service_delete(made)
        with pytest.raises(NotFoundException):
            api.qrcode_design_service_get(made)

    await run(served, work)


async def test_a_template_is_published_and_found_in_the_gallery(served: str) -> None:
    """The gallery of QR code templates, as the client reads it without a token."""

    def publish(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.QRCodeTemplatesApi(client)
        made = api.qrcode_templates_service_create_qrcode_template(
            linkbreakers.CreateQrcodeTemplateRequest(name="Round", description="Dots")
        ).qrcode_template
        assert made is not None
        api.qrcode_templates_service_update_qrcode_template(
            made.id or "", linkbreakers.QrcodeTemplatesServiceUpdateQrcodeTemplateBody(slug="round")
        )
        done = api.qrcode_templates_service_publish_qrcode_template(made.id or "", {}).qrcode_template
        assert done is not None
        assert done.published_at is not None

    def look(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.QRCodeTemplatesApi(client)
        shown = api.qrcode_templates_service_public_list_qrcode_templates(search="rou")
        assert [each.slug for each in shown.qrcode_templates or []] == ["round"]
        assert api.qrcode_templates_service_public_get_qrcode_template("round").name == "Round"

    await run(served, publish)
    await run(served, look, token="")


async def test_a_step_is_read_let_go_of_and_deleted(served: str) -> None:
    """A branch that leads nowhere is named; what stood behind it is reached by nobody."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.WorkflowStepsApi(client)
        link_id = create(client).id or ""
        leave = steps(client, link_id)[1]
        condition = step(
            client, link_id, "countryCondition", {"countries": [{"countryCode": "FR"}]}, insertBefore=leave.id
        )
        note = step(client, link_id, "thankYouPage", {"title": "Merci"})
        body = linkbreakers.WorkflowStepsServiceConnectStepBody(nextStepId=note.id)
        api.workflow_steps_service_connect_step(link_id, condition.id or "", "FR", body)
        cut = api.workflow_steps_service_disconnect_step(link_id, condition.id or "", "FR")
        assert cut.unconnected_branch_ids == ["FR"]
        assert [each.step_id for each in cut.disconnected_steps or []] == [note.id]
        read = api.workflow_steps_service_get(link_id, note.id or "").workflow_step
        assert read is not None
        assert read.parent_step_ids == []
        api.workflow_steps_service_delete(link_id, note.id or "")
        with pytest.raises(NotFoundException):
            api.workflow_steps_service_get(link_id, note.id or "")

    await run(served, work)


async def test_files_are_fetched_by_the_client(served: str) -> None:
    """An address that may not be asked is named; one of the two sources must be given."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.MediaApi(client)
        private = "http://127.0.0.1:1/a.png"
        with pytest.raises(BadRequestException) as refused:
            api.media_service_import(linkbreakers.ImportMediaRequest(url=private))
        assert refusal(refused.value).details[0]["field"] == "url"
        with pytest.raises(BadRequestException):
            api.media_service_replace_import(SOMEBODY, linkbreakers.MediaServiceReplaceImportBody())
        with pytest.raises(NotFoundException):
            api.media_service_replace_import(
                SOMEBODY, linkbreakers.MediaServiceReplaceImportBody(url=private)
            )

    await run(served, work)


async def test_the_vendors_questions_are_kept(served: str, client: httpx.AsyncClient) -> None:
    """Enrolment is shown with the workspace; why somebody came is not."""

    def work(sdk: linkbreakers.ApiClient) -> Any:
        api = linkbreakers.WorkspacesApi(sdk)
        assert api.workspaces_service_get_my_workspace().enroll_requested_at is None
        api.workspaces_service_request_enrollment(
            linkbreakers.RequestWorkspaceEnrollmentRequest(message="We print")
        )
        api.workspaces_service_update_origin_inquiry(
            linkbreakers.UpdateWorkspaceOriginInquiryRequest(originInquiry="a friend")
        )
        api.workspaces_service_update_origin_purpose(
            linkbreakers.UpdateWorkspaceOriginPurposeRequest(originPurpose="posters")
        )
        return api.workspaces_service_get_my_workspace()

    mine = await run(served, work)
    assert mine.enroll_requested_at is not None
    assert mine.is_sandbox is False
    assert "a friend" not in (await client.get("/v1/workspace")).text
    too_long = await client.post("/v1/workspace/origin-purpose", json={"origin_purpose": "x" * 1001})
    assert too_long.json()["details"][0]["field"] == "origin_purpose"
