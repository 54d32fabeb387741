"""The workspace, its people, its plan, and its boards, through the vendor's client."""

from typing import Any

import httpx
import linkbreakers
import pytest
from linkbreakers.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
)
from tests.contract.linkbreakers.test_sdk import create, refusal, run
from tests.contract.world import World

from waypost.control.core import keys
from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS
from waypost.control.model.access import system_actor
from waypost.control.model.keys import CreateKey
from waypost.control.model.plans import Plan

PLAN = Plan(name="unlimited", links=10, members=5, scans_month=1000, storage_bytes=10 * 1024 * 1024)


async def test_a_workspace_is_read_changed_and_published(served: str, world: World) -> None:
    """A profile with a description is public, without a token; without one it is not."""

    def work(client: linkbreakers.ApiClient) -> str:
        api = linkbreakers.WorkspacesApi(client)
        mine = api.workspaces_service_get_my_workspace()
        assert mine.id == world.workspace_id
        assert mine.subscription_type == "SUBSCRIPTION_TYPE_ENTERPRISE_PLAN"
        assert api.workspaces_service_get_workspace(mine.id or "").slug == mine.slug
        with pytest.raises(NotFoundException):
            api.workspaces_service_public_get_workspace(mine.slug or "")
        body = linkbreakers.UpdateWorkspaceRequest(
            name="Ada's", description="Prints", digestFrequency="DIGEST_FREQUENCY_WEEKLY"
        )
        changed = api.workspaces_service_update(body)
        assert (changed.name, changed.digest_frequency) == ("Ada's", "DIGEST_FREQUENCY_WEEKLY")
        assert changed.published_at is not None
        with pytest.raises(NotFoundException):
            api.workspaces_service_get_workspace("01920000-0000-7000-8000-000000000000")
        return mine.slug or ""

    slug = await run(served, work)
    async with world.client(LINKBREAKERS, "") as nobody:
        shown = (await nobody.get(f"/v1/public/workspaces/{slug}")).json()
    assert (shown["name"], shown["description"]) == ("Ada's", "Prints")
    assert "id" not in shown


async def test_people_are_invited_changed_and_taken_out(served: str) -> None:
    """Names are parted, roles are the vendor's; a token belongs to nobody and to one workspace."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.MembersApi(client)
        made = api.members_service_invite(
            linkbreakers.InviteMemberRequest(
                email="Ada@Example.com", firstName="Ada", lastName="King Lovelace"
            )
        )
        assert (made.email, made.first_name, made.last_name) == ("ada@example.com", "Ada", "King Lovelace")
        assert made.role == "ROLE_VIEWER"
        member_id = made.id or ""
        body = linkbreakers.MembersServiceUpdateBody(role="ROLE_TECH", firstName="Augusta")
        changed = api.members_service_update(member_id, body)
        assert (changed.role, changed.first_name, changed.last_name) == (
            "ROLE_TECH",
            "Augusta",
            "King Lovelace",
        )
        listed = api.members_service_list(page_size=10)
        assert (listed.total_count, [each.id for each in listed.members or []]) == (1, [member_id])
        assert api.members_service_get(member_id).email == "ada@example.com"
        mine = api.members_service_list_my_workspaces().workspaces or []
        assert [(each.current, each.member_id) for each in mine] == [(True, "")]
        with pytest.raises(NotFoundException):
            api.members_service_get_myself()
        with pytest.raises(ForbiddenException):
            api.members_service_switch_workspace(
                mine[0].workspace_id or "", linkbreakers.MembersServiceSwitchWorkspaceBody()
            )
        with pytest.raises(BadRequestException) as wrong:
            api.members_service_invite(linkbreakers.InviteMemberRequest(email="nobody"))
        assert refusal(wrong.value).details[0]["field"] == "email"
        with pytest.raises(ConflictException) as known:
            api.members_service_invite(
                linkbreakers.InviteMemberRequest(email=api.members_service_get(member_id).email)
            )
        assert refusal(known.value).code_type == "MEMBER_ALREADY_IN_WORKSPACE"
        api.members_service_delete(member_id)
        with pytest.raises(NotFoundException):
            api.members_service_get(member_id)

    await run(served, work)


async def test_a_member_is_shut_out_let_in_and_signed_out(served: str, world: World) -> None:
    """Their own token says who they are; it stops with their access, and ends when they are signed out."""

    def hire(client: linkbreakers.ApiClient) -> str:
        api = linkbreakers.MembersApi(client)
        request = linkbreakers.InviteMemberRequest(email="ada@example.com", firstName="Ada")
        made = api.members_service_invite(request).id or ""
        api.members_service_update(made, linkbreakers.MembersServiceUpdateBody(role="ROLE_ADMIN"))
        return made

    member_id = await run(served, hire)
    async with world.control.database.write() as tx:
        command = CreateKey(name="Ada's", scopes=("*",), format="linkbreakers", member_id=member_id)
        actor = system_actor(world.workspace_id, "test")
        token = (await keys.create_key(tx, actor, world.control.peppers, command)).text

    def know_oneself(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.MembersApi(client)
        assert api.members_service_get_myself().id == member_id
        renamed = api.members_service_update_myself(linkbreakers.UpdateMeRequest(lastName="Lovelace"))
        assert (renamed.first_name, renamed.last_name) == ("Ada", "Lovelace")
        mine = api.members_service_list_my_workspaces().workspaces or []
        assert [(each.member_id, each.role) for each in mine] == [(member_id, "ROLE_ADMIN")]
        with pytest.raises(BadRequestException) as refused:
            api.members_service_update_myself(linkbreakers.UpdateMeRequest(password="s3cret"))
        assert refusal(refused.value).details[0]["field"] == "password"

    def shut_out(client: linkbreakers.ApiClient) -> None:
        assert linkbreakers.MembersApi(client).members_service_revoke_access(member_id, {}).access_revoked_at

    def let_in(client: linkbreakers.ApiClient) -> None:
        shown = linkbreakers.MembersApi(client).members_service_allow_access(member_id, {})
        assert shown.access_revoked_at is None

    def sign_out(client: linkbreakers.ApiClient) -> None:
        assert linkbreakers.MembersApi(client).members_service_force_signout(member_id, {}).id == member_id

    await run(served, know_oneself, token)
    for change, works in ((shut_out, False), (let_in, True), (sign_out, False)):
        await run(served, change)
        if works:
            await run(served, know_oneself, token)
        else:
            with pytest.raises(UnauthorizedException):
                await run(served, know_oneself, token)


async def test_a_plan_says_what_is_left(served: str, world: World) -> None:
    """Totals and months with their ceilings; what has none is unlimited; the plans are public."""
    world.use_plan(PLAN)

    def work(client: linkbreakers.ApiClient) -> None:
        create(client)
        api = linkbreakers.AllowancesApi(client)
        found = api.allowances_service_list_allowances()
        assert found.plan == linkbreakers.PricingPlanId.PRICING_PLAN_ID_ENTERPRISE
        by_key = {each.key: each for each in found.allowances or []}
        keys = linkbreakers.PlanLimitKey
        links = by_key[keys.PLAN_LIMIT_KEY_LINKS_INCLUDED]
        assert (links.used, links.limit, links.remaining, links.reached) == (1, 10, 9, False)
        visits = by_key[keys.PLAN_LIMIT_KEY_TRACKED_VISITS]
        assert visits.kind == linkbreakers.PlanLimitKind.PLAN_LIMIT_KIND_MONTHLY
        assert visits.resets_on is not None
        assert visits.resets_on.day == 1
        media = by_key[keys.PLAN_LIMIT_KEY_MEDIA_STORAGE_MB]
        assert (media.limit, media.limit_bytes) == (10, 10 * 1024 * 1024)
        domains = by_key[keys.PLAN_LIMIT_KEY_CUSTOM_DOMAINS]
        assert (domains.kind, domains.limit) == (linkbreakers.PlanLimitKind.PLAN_LIMIT_KIND_UNLIMITED, None)
        with pytest.raises(ForbiddenException):
            api.allowances_service_dismiss_allowance_notice(
                linkbreakers.DismissAllowanceNoticeRequest(key=keys.PLAN_LIMIT_KEY_CUSTOM_DOMAINS)
            )
        plans = linkbreakers.PricingApi(client).pricing_service_list_pricing_plans().plans or []
        assert [(plan.id, plan.prices) for plan in plans] == [("PRICING_PLAN_ID_ENTERPRISE", [])]

    await run(served, work)


async def test_a_link_may_tell_nobody_apart(served: str, client: httpx.AsyncClient) -> None:
    """NONE switches the visitor's id of the day off for a link; ADVANCED is kept and means no more than BASIC."""

    def work(client: linkbreakers.ApiClient) -> str:
        api = linkbreakers.LinkSettingsApi(client)
        link_id = create(client).id or ""
        levels = linkbreakers.DataCollection
        before = api.settings_service_get_link_setting(link_id).link_setting
        assert before is not None
        assert before.data_collection == levels.DATA_COLLECTION_BASIC
        body = linkbreakers.SettingsServiceUpdateLinkSettingBody(dataCollection=levels.DATA_COLLECTION_NONE)
        after = api.settings_service_update_link_setting(link_id, body).link_setting
        assert after is not None
        assert after.data_collection == levels.DATA_COLLECTION_NONE
        more = linkbreakers.SettingsServiceUpdateLinkSettingBody(
            dataCollection=levels.DATA_COLLECTION_ADVANCED
        )
        most = api.settings_service_update_link_setting(link_id, more).link_setting
        assert most is not None
        assert most.data_collection == levels.DATA_COLLECTION_ADVANCED
        unset = linkbreakers.SettingsServiceUpdateLinkSettingBody(
            dataCollection=levels.DATA_COLLECTION_UNSPECIFIED
        )
        with pytest.raises(BadRequestException):
            api.settings_service_update_link_setting(link_id, unset)
        api.settings_service_update_link_setting(link_id, body)
        return link_id

    link_id = await run(served, work)
    answer = await client.get(f"/v1/settings/link-setting/{link_id}")
    assert answer.json()["link_setting"]["data_collection"] == "DATA_COLLECTION_NONE"


async def test_boards_keep_their_widgets(served: str) -> None:
    """Empty, with the usual set, or as drawn; of the workspace or of one link, and gone with it."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.AnalyticsDashboardApi(client)
        link_id = create(client).id or ""
        board = api.analytics_dashboard_service_create_dashboard(
            linkbreakers.CreateDashboardRequest(linkId=link_id, useDefaultWidgets=True)
        ).dashboard
        assert board is not None
        assert board.config is not None
        widgets = board.config.widgets or []
        assert [each.id for each in widgets] == ["scans", "geography", "technology", "hours", "visitors"]
        config: dict[str, Any] = {
            "gridColumns": 6,
            "widgets": [{"id": "w", "title": "T", "dataSource": {"params": {"snake_key": 1}}}],
        }
        body = linkbreakers.AnalyticsDashboardServiceUpdateDashboardBody.from_dict(
            {"name": "Mine", "config": config}
        )
        assert body is not None
        changed = api.analytics_dashboard_service_update_dashboard(board.id or "", body).dashboard
        assert changed is not None
        assert changed.name == "Mine"
        assert changed.config is not None
        kept = (changed.config.widgets or [])[0].data_source
        assert kept is not None
        assert kept.params == {"snake_key": 1}
        whole = api.analytics_dashboard_service_create_dashboard(
            linkbreakers.CreateDashboardRequest()
        ).dashboard
        assert whole is not None
        scope = linkbreakers.DashboardScope
        of_link = api.analytics_dashboard_service_list_dashboards(scope=scope.DASHBOARD_SCOPE_LINK)
        assert [each.id for each in of_link.dashboards or []] == [board.id]
        of_all = api.analytics_dashboard_service_list_dashboards(scope=scope.DASHBOARD_SCOPE_WORKSPACE)
        assert [each.id for each in of_all.dashboards or []] == [whole.id]
        linkbreakers.LinksApi(client).links_service_delete(link_id)
        assert api.analytics_dashboard_service_list_dashboards().total_count == 1
        api.analytics_dashboard_service_delete_dashboard(whole.id or "")
        with pytest.raises(NotFoundException):
            api.analytics_dashboard_service_delete_dashboard(whole.id or "")

    await run(served, work)
