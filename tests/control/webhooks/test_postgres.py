"""The same on PostgreSQL, where rows are locked and several workers write at once."""

import asyncio

import pytest
from tests.control.postgres import PostgresCluster
from tests.control.webhooks.conftest import SHAPES, MakeEndpoint, MakeLink
from tests.control.webhooks.test_delivery import (  # noqa: F401 - collected here a second time
    test_a_dead_workers_deliveries_come_back_and_its_late_results_are_not_believed,
    test_a_failing_endpoint_gets_one_call_at_a_time_until_it_succeeds,
    test_at_most_four_calls_are_under_way_for_an_endpoint_and_64_in_all,
    test_old_deliveries_are_forgotten_with_their_bodies,
    test_owners_are_told_and_twenty_failures_disable,
)
from tests.control.webhooks.test_fanout import (  # noqa: F401 - collected here a second time
    test_events_go_to_those_who_asked_and_only_once,
    test_filters_narrow_and_the_links_own_choice_wins,
    test_scans_of_a_busy_link_travel_together_when_asked,
    test_what_the_stream_repeats_is_told_once_even_when_it_was_made_anew,
    told,
)

from waypost.control.core.webhook_delivery import claim
from waypost.control.core.webhook_fanout import fan_out_events
from waypost.control.model.webhooks.delivery import Job
from waypost.control.store.database import Database


@pytest.fixture
async def database_url(postgres_cluster: PostgresCluster) -> str:
    """A database of this test's own."""
    return await postgres_cluster.new_database()


async def test_workers_that_fan_out_and_claim_at_once_share_the_work(
    database: Database, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """Eight workers in the same instant: every event once, no delivery in two hands, four per endpoint."""
    minted = [await make_endpoint(events=("link.created",)) for _ in range(5)]
    for _ in range(12):
        await make_link()

    async def work() -> list[Job]:
        async with database.write() as tx:
            await fan_out_events(tx, SHAPES)
        async with database.write() as tx:
            return await claim(tx, 0)

    jobs = [job for some in await asyncio.gather(*(work() for _ in range(8))) for job in some]
    assert len({job.delivery_id for job in jobs}) == len(jobs) == 20
    for each in minted:
        assert len(await told(database, each.endpoint.id)) == 12
        assert sum(job.endpoint_id == each.endpoint.id for job in jobs) == 4
