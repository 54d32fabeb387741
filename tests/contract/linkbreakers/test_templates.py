"""QR code templates through the vendor's client: kept, applied, published, imported by another workspace."""

from typing import Any

import httpx
import linkbreakers
import pytest
from linkbreakers.exceptions import BadRequestException, ConflictException, NotFoundException
from tests.contract.linkbreakers.test_sdk import create, refusal, run
from tests.contract.world import World

from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS
from waypost.control.model.workspaces import Workspace
from waypost.control.store import workspaces

UNKNOWN = "01920000-0000-7000-8000-000000000000"
OTHER_KEY = "key-of-another-workspace-of-the-tests"
TARGET = "https://example.com/"


async def other_workspace(world: World) -> str:
    """A second workspace, and a key of it."""
    async with world.control.database.write() as tx:
        made = Workspace(id=tx.new_id(), slug="other", name="Other", created_ms=1, updated_ms=1)
        await workspaces.insert(tx, made)
    await world.add_key(OTHER_KEY, workspace_id=made.id)
    return OTHER_KEY


async def red_template(client: httpx.AsyncClient, **words: Any) -> dict[str, Any]:
    """A template with red dots."""
    design = (await client.post("/v1/qrcode-designs", json={"dots_options": {"color": "#aa0000"}})).json()
    body = {"name": "Red", "qrcode_design_id": design["qrcode_design"]["id"], **words}
    answer = await client.post("/v1/qrcode-templates", json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["qrcode_template"]
    assert made["qrcode_design_id"] != body["qrcode_design_id"]
    return made


async def test_the_client_keeps_templates(served: str) -> None:
    """Create, list, read, change, delete; words of any length that fits."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.QRCodeTemplatesApi(client)
        made = api.qrcode_templates_service_create_qrcode_template(
            linkbreakers.CreateQrcodeTemplateRequest(name="Plain", description="The plain look", tags="a,b")
        ).qrcode_template
        assert made is not None
        assert (made.owned, made.usage_count, made.published_at) == (True, 0, None)
        template_id = made.id or ""
        body = linkbreakers.QrcodeTemplatesServiceUpdateQrcodeTemplateBody(name="Plainer", slug="plainer")
        api.qrcode_templates_service_update_qrcode_template(template_id, body)
        read = api.qrcode_templates_service_get_qrcode_template(template_id, include=["qrcodeDesign"])
        assert (read.name, read.slug, read.description) == ("Plainer", "plainer", "The plain look")
        assert read.qrcode_design is not None
        listed = api.qrcode_templates_service_list_qrcode_templates(search="PLAIN")
        assert [each.id for each in listed.qrcode_templates or []] == [template_id]
        images = api.qrcode_templates_service_resolve_qrcode_template_images(
            linkbreakers.ResolveQrcodeTemplateImagesRequest(templateIds=[template_id, UNKNOWN])
        )
        assert list(images.thumbnail_signed_urls or {}) == [template_id]
        api.qrcode_templates_service_delete_qrcode_template(template_id)
        with pytest.raises(NotFoundException):
            api.qrcode_templates_service_get_qrcode_template(template_id)

    await run(served, work)


async def test_links_take_the_look_of_a_template(client: httpx.AsyncClient, served: str) -> None:
    """At creation they share it; applied later they get a copy; both count as its use where they share."""
    template = await red_template(client)
    body = {"destination": TARGET, "qrcode_template_id": template["id"]}
    link = (await client.post("/v1/links", json=body)).json()["link"]
    assert link["qrcode_design_id"] == template["qrcode_design_id"]
    read = (await client.get(f"/v1/qrcode-templates/{template['id']}")).json()
    assert read["usage_count"] == 1

    def work(client: linkbreakers.ApiClient) -> linkbreakers.QrcodeDesign:
        link_id = create(client).id or ""
        request = linkbreakers.ApplyQrcodeTemplateRequest(linkId=link_id, qrcodeTemplateId=template["id"])
        api = linkbreakers.QRCodeDesignsApi(client)
        design = api.qrcode_design_service_apply_template(request).qrcode_design
        assert design is not None
        after = linkbreakers.LinksApi(client).links_service_get(link_id).link
        assert after is not None
        assert (after.qrcode_design_id, after.qrcode_template_id) == (design.id, template["id"])
        return design

    design = await run(served, work)
    assert design.id != template["qrcode_design_id"]
    assert design.dots_options is not None
    assert design.dots_options.theme_color is not None
    assert design.dots_options.theme_color.colors == ["#aa0000"]
    unknown = await client.post("/v1/links", json={"destination": TARGET, "qrcode_template_id": UNKNOWN})
    assert (unknown.status_code, unknown.json()["codeType"]) == (404, "NOT_FOUND")


async def test_a_published_template_is_everybodys(
    client: httpx.AsyncClient, world: World, served: str
) -> None:
    """The gallery shows it without a token; another workspace imports a copy of its own."""
    template = await red_template(client)
    path = f"/v1/qrcode-templates/{template['id']}"
    early = await client.post(f"{path}/publish", json={})
    assert (early.status_code, early.json()["details"][0]["field"]) == (400, "slug")
    await client.patch(path, json={"slug": "red", "description": "Red dots"})
    async with world.client(LINKBREAKERS, "") as nobody:
        assert (await nobody.get("/v1/public/qrcode-templates/red")).status_code == 404
        published = (await client.post(f"{path}/publish", json={})).json()["qrcode_template"]
        assert published["published_at"] is not None
        shown = (await nobody.get("/v1/public/qrcode-templates/red")).json()
        assert (shown["name"], shown["workspace"]["slug"]) == ("Red", "default")
        picture = await nobody.get(shown["thumbnail_signed_url"].removeprefix("https://api.example"))
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        gallery = (await nobody.get("/v1/public/qrcode-templates?search=red")).json()
        assert [each["slug"] for each in gallery["qrcode_templates"]] == ["red"]

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.QRCodeTemplatesApi(client)
        own = api.qrcode_templates_service_list_qrcode_templates()
        assert own.qrcode_templates == []
        scope = linkbreakers.QrcodeTemplateScope.QRCODE_TEMPLATE_SCOPE_AVAILABLE
        available = api.qrcode_templates_service_list_qrcode_templates(scope=scope)
        assert [each.owned for each in available.qrcode_templates or []] == [False]
        copy = api.qrcode_templates_service_import_qrcode_template(
            linkbreakers.ImportQrcodeTemplateRequest(slug="red")
        ).qrcode_template
        assert copy is not None
        assert (copy.owned, copy.duplicated_from, copy.published_at) == (True, template["id"], None)
        with pytest.raises(NotFoundException):
            api.qrcode_templates_service_get_qrcode_template(template["id"])
        taken = linkbreakers.QrcodeTemplatesServiceUpdateQrcodeTemplateBody(slug="red")
        with pytest.raises(ConflictException):
            api.qrcode_templates_service_update_qrcode_template(copy.id or "", taken)
        unfit = linkbreakers.QrcodeTemplatesServiceUpdateQrcodeTemplateBody(slug="Not A Slug")
        with pytest.raises(BadRequestException) as wrong:
            api.qrcode_templates_service_update_qrcode_template(copy.id or "", unfit)
        assert refusal(wrong.value).details[0]["field"] == "slug"

    await run(served, work, await other_workspace(world))
