"""Page themes through the vendor's client: chosen for links, kept as templates, published, imported, shown."""

from typing import Any

import httpx
import linkbreakers
import pytest
from linkbreakers.exceptions import ApiException, NotFoundException
from tests.contract.linkbreakers.test_media import png, take_in
from tests.contract.linkbreakers.test_sdk import create, refusal, run
from tests.contract.linkbreakers.test_workflows import step, steps, stored
from tests.contract.world import World

from waypost.control.core import workspaces

NIGHT: dict[str, Any] = {
    "canvasColor": {
        "type": "THEME_COLOR_TYPE_LINEAR",
        "colors": ["#101020", "rgb(32, 16, 64)"],
        "direction": "135deg",
    },
    "elementColor": {"type": "THEME_COLOR_TYPE_SOLID", "colors": ["#ffcc00"]},
    "titleFont": {
        "family": "PAGE_THEME_FONT_FAMILY_GEORGIA",
        "familyStack": "'Iowan Old Style', Palatino",
        "fontSize": 30,
        "italic": True,
    },
    "containerConfig": {
        "variant": "PAGE_THEME_CONTAINER_VARIANT_SQUARE",
        "backgroundColor": {"type": "THEME_COLOR_TYPE_SOLID", "colors": ["#181830"]},
        "borderSize": 2,
    },
    "badgeShape": "PAGE_THEME_BADGE_SHAPE_ROUNDED",
}


def card_link(client: linkbreakers.ApiClient) -> str:
    """A link that shows a card."""
    link_id = create(client).id or ""
    card = step(client, link_id, "vcard", {"firstName": "Ada", "lastName": "King"})
    body = linkbreakers.WorkflowStepsServiceConnectStepBody(nextStepId=card.id)
    entry = steps(client, link_id)[0]
    linkbreakers.WorkflowStepsApi(client).workflow_steps_service_connect_step(
        link_id, entry.id or "", "next", body
    )
    return link_id


def change(client: linkbreakers.ApiClient, theme_id: str, styling: dict[str, Any]) -> linkbreakers.PageTheme:
    """Change a theme."""
    body = linkbreakers.PageThemesServiceUpdatePageThemeBody.from_dict(styling)
    assert body is not None
    theme = (
        linkbreakers.PageThemesApi(client).page_themes_service_update_page_theme(theme_id, body).page_theme
    )
    assert theme is not None
    return theme


def stays(client: linkbreakers.ApiClient, cover: str, link_id: str) -> None:
    """A file that a theme shows names it, and can be neither deleted nor replaced by what is no picture."""
    media = linkbreakers.MediaApi(client)
    used = media.media_service_get(cover).media
    assert used is not None
    assert [(use.type, use.link_id) for use in used.references or []] == [("TYPE_PAGE_THEME_COVER", link_id)]
    with pytest.raises(ApiException) as busy:
        media.media_service_delete(cover)
    assert refusal(busy.value).code_type == "MEDIA_IN_USE"
    paper = linkbreakers.MediaServiceCreateReplaceUploadBody(
        fileName="a.pdf", mimeType="application/pdf", size=9
    )
    with pytest.raises(ApiException) as unfit:
        media.media_service_create_replace_upload(cover, paper)
    assert refusal(unfit.value).code_type == "MEDIA_REPLACE_NOT_ALLOWED"


async def test_a_links_theme_is_on_its_pages(served: str, world: World) -> None:
    """Colours, fonts and pictures reach the page; a picture is public from then on, and cannot be deleted."""

    def work(client: linkbreakers.ApiClient) -> tuple[str, str]:
        link_id = card_link(client)
        link = linkbreakers.LinksApi(client).links_service_get(link_id, include=["pageTheme"]).link
        assert link is not None
        assert link.page_theme is not None
        assert link.page_theme_id == link.page_theme.id
        theme_id = link.page_theme_id or ""
        cover = take_in(client, png(), fileName="cover.png").id or ""
        theme = change(
            client,
            theme_id,
            {
                **NIGHT,
                "canvasCover": {"id": cover},
                "canvasCoverMode": "PAGE_THEME_BACKGROUND_COVER_MODE_PROGRESSIVE_TOP",
            },
        )
        assert (theme.canvas_cover_id, theme.badge_shape) == (cover, "PAGE_THEME_BADGE_SHAPE_ROUNDED")
        assert theme.title_font is not None
        assert (theme.title_font.font_size, theme.title_font.italic) == (30, True)
        assert theme.title_font.family_stack == "'Iowan Old Style', Palatino"
        assert theme.canvas_color is not None
        assert theme.canvas_color.colors == ["#101020", "rgb(32, 16, 64)"]
        api = linkbreakers.PageThemesApi(client)
        assert [each.id for each in api.page_themes_service_list_page_themes().page_themes or []] == [
            theme_id
        ]
        read = api.page_themes_service_get_page_theme(theme_id).page_theme
        assert read == theme
        stays(client, cover, link_id)
        return link_id, cover

    link_id, cover = await run(served, work)
    content = (await stored(world, link_id)).content
    assert content is not None
    path = content["look"].pop("cover")
    assert path.startswith(f"/-/assets/{cover.replace('-', '')}/")
    assert content["look"] == {
        "background": "#101020",
        "background_to": "#201040",
        "accent": "#ffcc00",
        "surface": "#181830",
        "square": True,
        "title_font": "georgia",
        "title_stack": "'Iowan Old Style', Palatino",
        "title_size_px": 30,
        "title_style": "bold-italic",
        "border_px": 2,
        "cover_place": "top",
        "badge_shape": "rounded",
    }

    def take_away(client: linkbreakers.ApiClient) -> None:
        theme = change(client, link_id, {"canvasCover": {"delete": {}}})
        assert theme.canvas_cover_id == ""
        linkbreakers.MediaApi(client).media_service_delete(cover)

    await run(served, take_away)
    content = (await stored(world, link_id)).content
    assert content is not None
    assert "cover" not in content["look"]


async def test_a_theme_is_shared_by_links(served: str, client: httpx.AsyncClient, world: World) -> None:
    """A link may take another one's theme, follows its changes, and goes back to its own plain one."""
    one, two = await run(served, lambda opened: (card_link(opened), card_link(opened)))
    await run(served, lambda opened: change(opened, one, NIGHT))
    shared = await client.patch(f"/v1/links/{two}", json={"page_theme_id": one})
    assert shared.json()["link"]["page_theme_id"] == one
    await run(
        served,
        lambda opened: change(
            opened, one, {"elementColor": {"type": "THEME_COLOR_TYPE_SOLID", "colors": ["#00ffcc"]}}
        ),
    )
    for link_id in (one, two):
        content = (await stored(world, link_id)).content or {}
        assert content["look"]["accent"] == "#00ffcc"
    await client.patch(f"/v1/links/{two}", json={"page_theme_id": ""})
    assert ((await stored(world, two)).content or {})["look"] == {}
    unknown = await client.patch(
        f"/v1/links/{two}", json={"page_theme_id": "01920000-0000-7000-8000-000000000000"}
    )
    assert unknown.status_code == 404


async def test_templates_give_links_their_look(served: str, world: World) -> None:
    """Made of a theme or of what is sent, applied as a copy, found again by its look."""

    def work(client: linkbreakers.ApiClient) -> str:
        templates, themes = linkbreakers.PageThemeTemplatesApi(client), linkbreakers.PageThemesApi(client)
        request = linkbreakers.CreatePageThemeTemplateRequest.from_dict({"name": "Night", "styling": NIGHT})
        assert request is not None
        made = templates.page_theme_templates_service_create_page_theme_template(request).page_theme_template
        assert made is not None
        template_id = made.id or ""
        link_id = card_link(client)
        before = themes.page_theme_templates_service_find_matching_page_theme_template(link_id)
        assert before.matched is False
        applied = themes.page_themes_service_apply_page_theme_template(
            linkbreakers.ApplyPageThemeTemplateRequest(linkId=link_id, pageThemeTemplateId=template_id)
        ).page_theme
        assert applied is not None
        assert applied.id == link_id
        found = themes.page_theme_templates_service_find_matching_page_theme_template(link_id)
        assert found.page_theme_template is not None
        assert (found.matched, found.page_theme_template.usage_count) == (True, 1)
        link = linkbreakers.LinksApi(client).links_service_get(link_id).link
        assert link is not None
        assert link.page_theme_template_id == template_id
        styling = linkbreakers.PageThemeTemplatesServiceUpdatePageThemeTemplateStylingBody.from_dict(
            {"badgeShape": "PAGE_THEME_BADGE_SHAPE_SQUARE"}
        )
        assert styling is not None
        templates.page_theme_templates_service_update_page_theme_template_styling(template_id, styling)
        with_look = templates.page_theme_templates_service_get_page_theme_template(
            template_id, include=["pageTheme"]
        )
        assert with_look.page_theme is not None
        assert with_look.page_theme.badge_shape == "PAGE_THEME_BADGE_SHAPE_SQUARE"
        own = themes.page_themes_service_get_page_theme(link_id).page_theme
        assert own is not None
        assert own.badge_shape == "PAGE_THEME_BADGE_SHAPE_ROUNDED", "the link keeps its copy"
        copy = templates.page_theme_templates_service_create_page_theme_template(
            linkbreakers.CreatePageThemeTemplateRequest(name="Copy", sourcePageThemeId=link_id)
        ).page_theme_template
        assert copy is not None
        listed = templates.page_theme_templates_service_list_page_theme_templates(page_size=1, search="")
        assert (listed.total_count, listed.has_more) == (2, True)
        templates.page_theme_templates_service_delete_page_theme_template(copy.id or "")
        with pytest.raises(NotFoundException):
            templates.page_theme_templates_service_get_page_theme_template(copy.id or "")
        return link_id

    link_id = await run(served, work)
    content = (await stored(world, link_id)).content
    assert content is not None
    assert content["look"]["accent"] == "#ffcc00"


def publish(client: linkbreakers.ApiClient) -> str:
    """Put a template with a badge into the gallery; the badge."""
    api = linkbreakers.PageThemeTemplatesApi(client)
    badge = take_in(client, png("#00aa00"), fileName="badge.png").id or ""
    request = linkbreakers.CreatePageThemeTemplateRequest.from_dict(
        {"name": "Shop", "styling": {**NIGHT, "badge": {"id": badge}, "badgeEnabled": True}}
    )
    assert request is not None
    made = api.page_theme_templates_service_create_page_theme_template(request).page_theme_template
    assert made is not None
    with pytest.raises(ApiException) as bare:
        api.page_theme_templates_service_publish_page_theme_template(made.id or "", {})
    assert refusal(bare.value).details[0]["field"] == "slug"
    api.page_theme_templates_service_update_page_theme_template(
        made.id or "",
        linkbreakers.PageThemeTemplatesServiceUpdatePageThemeTemplateBody(
            slug="shop-night", description="Dark"
        ),
    )
    done = api.page_theme_templates_service_publish_page_theme_template(made.id or "", {})
    assert done.page_theme_template is not None
    assert done.page_theme_template.published_at is not None
    images = api.page_theme_templates_service_resolve_page_theme_template_images(
        linkbreakers.ResolvePageThemeTemplateImagesRequest(templateIds=[made.id or ""])
    ).images
    assert images is not None
    assert images[made.id or ""].badge_signed_url
    return badge


async def test_published_templates_are_imported_with_their_pictures(served: str, world: World) -> None:
    """The gallery needs no token; who imports or applies one gets copies of its pictures."""

    badge = await run(served, publish)
    async with world.control.database.write() as tx:
        _, minted = await workspaces.create_workspace(
            tx, world.actor, world.control.peppers, slug="other", name="Other"
        )

    def bring(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.PageThemeTemplatesApi(client)
        shown = api.page_theme_templates_service_public_list_page_theme_templates(include=["workspace"])
        assert [each.slug for each in shown.page_theme_templates or []] == ["shop-night"]
        one = api.page_theme_templates_service_public_get_page_theme_template("shop-night")
        assert one.page_theme is not None
        available = api.page_theme_templates_service_list_page_theme_templates(
            scope="PAGE_THEME_TEMPLATE_SCOPE_AVAILABLE"
        )
        assert [each.owned for each in available.page_theme_templates or []] == [False]
        imported = api.page_theme_templates_service_import_page_theme_template(
            linkbreakers.ImportPageThemeTemplateRequest(slug="shop-night")
        ).page_theme_template
        assert imported is not None
        assert imported.owned is True
        theme = (
            linkbreakers.PageThemesApi(client)
            .page_themes_service_get_page_theme(imported.page_theme_id or "")
            .page_theme
        )
        assert theme is not None
        assert theme.badge_id not in ("", badge)
        link_id = card_link(client)
        applied = (
            linkbreakers.PageThemesApi(client)
            .page_themes_service_apply_page_theme_template(
                linkbreakers.ApplyPageThemeTemplateRequest(linkId=link_id, slug="shop-night")
            )
            .page_theme
        )
        assert applied is not None
        assert applied.badge_id == theme.badge_id, "the same picture is kept once"

    await run(served, bring, token=minted.text)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"canvas_color": {"colors": []}}, "canvas_color.colors"),
        ({"canvas_color": {"colors": ["blau"]}}, "canvas_color.colors[0]"),
        ({"title_font": {"font_size": 500}}, "title_font.font_size"),
        ({"body_font": {"family_stack": "Inter;} body{color:red"}}, "body_font.family_stack"),
        ({"title_font": {"family": "PAGE_THEME_FONT_FAMILY_WINGDINGS"}}, "title_font.family"),
        ({"badge": {}}, "badge.id"),
        ({"badge_shape": "STAR"}, "badge_shape"),
    ],
)
async def test_what_is_no_look_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    """400 naming the member."""
    link = (await client.post("/v1/links", json={"destination": "https://example.com/"})).json()["link"]
    answer = await client.patch(f"/v1/page-themes/{link['id']}", json=body)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, field)
