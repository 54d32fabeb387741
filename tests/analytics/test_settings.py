"""Where scans are stored is never guessed."""

from pathlib import Path

import pytest

from waypost.analytics.settings import AnalyticsSettings
from waypost.runtime.settings import SettingError, load


def test_store_is_in_the_data_directory_unless_named() -> None:
    """Deleting the data directory is a factory reset, so the default must lie inside."""
    settings = load(AnalyticsSettings, {"WAYPOST_DATA_DIR": "/data"})
    assert settings.duckdb_path == Path("/data/analytics/analytics.duckdb")
    elsewhere = load(AnalyticsSettings, {"WAYPOST_ANALYTICS_URL": "duckdb:///elsewhere/scans.duckdb"})
    assert elsewhere.duckdb_path == Path("/elsewhere/scans.duckdb")


def test_a_clickhouse_server_is_named_by_host_and_database() -> None:
    """Scans that land in somebody's default database would be found by nobody."""
    url = "clickhouses://waypost:secret@analytics.example:8443/scans"
    assert load(AnalyticsSettings, {"WAYPOST_ANALYTICS_URL": url}).clickhouse_url == url
    for bad in ("clickhouse://somewhere", "clickhouse:///scans", "clickhouse://somewhere:x/scans"):
        with pytest.raises(SettingError, match="WAYPOST_ANALYTICS_URL"):
            _ = load(AnalyticsSettings, {"WAYPOST_ANALYTICS_URL": bad}).clickhouse_url
    assert load(AnalyticsSettings, {}).clickhouse_url == ""


@pytest.mark.parametrize("url", ["postgres://somewhere/scans", "scans.duckdb", "duckdb://"])
def test_a_store_that_there_is_not_is_refused(url: str) -> None:
    """Counting into another place than the operator named would look like losing everything."""
    with pytest.raises(SettingError, match="WAYPOST_ANALYTICS_URL"):
        _ = load(AnalyticsSettings, {"WAYPOST_ANALYTICS_URL": url}).duckdb_path
