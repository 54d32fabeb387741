"""The same suite on a real PostgreSQL: every test of these modules, on a database of its own."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.control.postgres import PostgresCluster
from tests.control.test_assets import *  # noqa: F403 - as below
from tests.control.test_authorisation import *  # noqa: F403 - the point is to run every test of the module again
from tests.control.test_bio_pages import *  # noqa: F403 - as above
from tests.control.test_bulk import *  # noqa: F403 - as above
from tests.control.test_customers import *  # noqa: F403 - as above
from tests.control.test_domain_checks import *  # noqa: F403 - as above
from tests.control.test_form_submissions import *  # noqa: F403 - as above
from tests.control.test_history import *  # noqa: F403 - as above
from tests.control.test_keys import *  # noqa: F403 - as above
from tests.control.test_links import *  # noqa: F403 - as above
from tests.control.test_migrations import *  # noqa: F403 - as above
from tests.control.test_new_links_domain import *  # noqa: F403 - as above
from tests.control.test_once import *  # noqa: F403 - as above
from tests.control.test_resources import *  # noqa: F403 - as above
from tests.control.test_safety import *  # noqa: F403 - as above
from tests.control.test_scan_settings import *  # noqa: F403 - as above
from tests.control.test_visitors import *  # noqa: F403 - as above
from tests.control.test_workspace_end import *  # noqa: F403 - as above

from waypost.control.store import events, replication
from waypost.control.store.database import Database

del globals()["test_a_file_that_is_not_what_it_says_is_refused"]  # asks the database nothing new
del globals()["test_key_holds_over_a_kill_at_any_moment"]  # runs processes of its own, on SQLite
del globals()["test_no_key_is_kept_in_the_database"]  # reads SQLite's file


@pytest.fixture
async def database_url(postgres_cluster: PostgresCluster) -> str:
    """A new database on the private cluster."""
    return await postgres_cluster.new_database()


async def test_numbers_follow_commits_with_many_writers_at_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Twenty writers that sleep between their statements skip and repeat no number."""

    async def write(number: int) -> None:
        async with database.write() as tx:
            tx.records[b"k%d" % number] = b"v"
            await asyncio.sleep((number * 7 % 50) / 1000)

    async with database.read() as tx:
        events_before = await events.last_seq(tx)
    await asyncio.gather(*(write(number) for number in range(60)))
    async with database.read() as tx:
        waiting = await replication.waiting(tx, 0, 100)
        state: Any = await replication.state(tx)
        assert await events.last_seq(tx) == events_before
    assert [record.ver for record in waiting] == list(range(1, 61))
    assert (state.ver, state.count) == (60, 60)
