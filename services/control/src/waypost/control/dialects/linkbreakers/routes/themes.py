"""Page themes: listed, read, changed; a template's look put on a link."""

from typing import Any

from litestar import Response, get, patch, post
from litestar.params import FromPath, JSONBody

from waypost.control.core import documents, links
from waypost.control.dialects.linkbreakers.asked import case_of, gives, pager_of, query_of, shown, takes
from waypost.control.dialects.linkbreakers.mapping.themes import (
    THEME,
    changed,
    styling_of,
    theme_id_of,
    to_theme,
)
from waypost.control.dialects.linkbreakers.routes.theme_templates import (
    ARRANGED,
    bring_pictures,
    shown_template,
    template_of,
    theme_of,
)
from waypost.control.dialects.linkbreakers.schemas.themes import (
    ApplyThemeIn,
    MatchAnswer,
    StylingIn,
    ThemeAnswer,
    ThemeOut,
    ThemesAnswer,
)
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.dialects.linkbreakers.theming import (
    apply_styling,
    change_theme,
    find_theme,
    open_pictures,
    theme_out,
)
from waypost.control.model.documents import DocumentFilter
from waypost.control.model.faults import Invalid
from waypost.control.model.page import PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

TAG = "Page themes"
PATH = "/v1/page-themes"
ONE = PATH + "/{theme_id:str}"


@get(PATH, scope="bio:read", **gives(ThemesAnswer, TAG))
async def list_themes(call: Caller) -> Response[Any]:
    """The themes that were chosen for links and templates, newest first; every other link has the plain one."""
    pager = pager_of(call, "themes")
    wanted = DocumentFilter(workspace_id=call.actor.workspace_id, page=query_of(call).page(pager))
    page = await call.read(lambda tx: documents.list_documents(tx, THEME, wanted))
    themes = [
        to_theme(each.id, each.workspace_id, styling_of(each), each.created_ms, each.updated_ms)
        for each in page.items
    ]
    token = pager.seal(page.next_cursor)
    return shown(call, ThemesAnswer(page_themes=themes, next_page_token=token, total_count=page.total or 0))


@get(f"{PATH}/matching-template", scope="bio:read", **gives(MatchAnswer, TAG))
async def matching_template(call: Caller) -> Response[Any]:
    """The template with the very look that the link of `link_id` has."""
    link_id = query_of(call).text("link_id")

    async def work(tx: Tx) -> MatchAnswer:
        link = (await links.get_link(tx, call.actor, link_id)).link
        mine = styling_of(await find_theme(tx, link.workspace_id, theme_id_of(link)))
        wanted = DocumentFilter(
            workspace_id=link.workspace_id, with_published=True, page=PageRequest(limit=ARRANGED)
        )
        for template in (await documents.list_documents(tx, "page_theme_template", wanted)).items:
            if styling_of(await theme_of(tx, template)) == mine:
                return MatchAnswer(matched=True, page_theme_template=await shown_template(tx, call, template))
        return MatchAnswer(matched=False)

    return shown(call, await call.read(work))


@get(ONE, scope="bio:read", **gives(ThemeAnswer, TAG))
async def read_theme(call: Caller, theme_id: FromPath[str]) -> Response[Any]:
    """One theme; a link's own has the link's id."""
    found = await call.read(lambda tx: theme_out(tx, call.actor.workspace_id, theme_id))
    return shown(call, ThemeAnswer(page_theme=found))


@patch(ONE, scope="bio:write", **takes(StylingIn, ThemeAnswer, TAG))
async def update_theme(call: Caller, theme_id: FromPath[str], data: JSONBody[StylingIn]) -> Response[Any]:
    """Change a theme; the pages of every link that has it look so from the next visit on."""
    case, workspace_id = case_of(call), call.actor.workspace_id
    before = styling_of(await call.read(lambda tx: find_theme(tx, workspace_id, theme_id)))
    await call.read(lambda tx: theme_out(tx, workspace_id, theme_id))
    await open_pictures(call, changed(before, data), before)

    async def work(tx: Tx) -> ThemeOut:
        current = styling_of(await find_theme(tx, workspace_id, theme_id))
        return await change_theme(tx, call, theme_id, changed(current, data))

    return await call.write(work, lambda theme: spell(ThemeAnswer(page_theme=theme), case))


@post(f"{PATH}/apply-template", scope="bio:write", **takes(ApplyThemeIn, ThemeAnswer, TAG))
async def apply_template(call: Caller, data: JSONBody[ApplyThemeIn]) -> Response[Any]:
    """Give a link the look of a template, one's own by its id or a published one by its slug."""
    case = case_of(call)
    template_id, slug = data.page_theme_template_id or "", data.slug or ""
    if bool(template_id) == bool(slug):
        raise Invalid("page_theme_template_id", "or slug is required, not both")
    template = await call.read(lambda tx: template_of(tx, call, template_id, slug))
    styling = await bring_pictures(call, template)

    async def work(tx: Tx) -> ThemeOut:
        return await apply_styling(tx, call, data.link_id, styling, template.id)

    return await call.write(work, lambda theme: spell(ThemeAnswer(page_theme=theme), case))


HANDLERS = [list_themes, matching_template, read_theme, update_theme, apply_template]
