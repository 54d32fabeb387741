"""What reports ask the database for, asked of a real PostgreSQL: which links are filed where."""

import pytest
from tests.control.postgres import PostgresCluster
from tests.control.test_reports import (  # noqa: F401 - fixtures and a test that run again here
    bench,
    control,
    test_reports_by_tag_and_folder,
    threads,
    world,
)


@pytest.fixture
async def database_url(postgres_cluster: PostgresCluster) -> str:
    """A new database on the private cluster."""
    return await postgres_cluster.new_database()
