"""The settings of the analytics service."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from waypost.runtime.settings import CommonSettings, SettingError, setting


class AnalyticsSettings(CommonSettings, frozen=True, kw_only=True):
    """What analytics needs to know beyond what all services share."""

    analytics_url: Annotated[
        str,
        setting(
            "WAYPOST_ANALYTICS_URL",
            "Scan store: empty for a DuckDB file in the data directory, `duckdb:///path`, or"
            " `clickhouse://user:password@host:8123/database` (`clickhouses://` with TLS).",
            secret=True,
        ),
    ] = ""
    analytics_memory_mb: Annotated[
        int,
        setting("WAYPOST_ANALYTICS_MEMORY_MB", "Memory of the scan store; more is put on disk.", ge=64),
    ] = 256
    analytics_threads: Annotated[
        int,
        setting("WAYPOST_ANALYTICS_THREADS", "Threads that answer one question together.", ge=1, le=64),
    ] = 2
    scans_stream_mb: Annotated[
        int,
        setting(
            "WAYPOST_SCANS_STREAM_MB",
            "Disk of the stream that holds scans while analytics is away; when full, edges keep them.",
            ge=16,
        ),
    ] = 1024

    @property
    def clickhouse_url(self) -> str:
        """The ClickHouse database to use; empty for the embedded store. Raises SettingError."""
        try:
            parts = urlsplit(self.analytics_url)
            if parts.scheme not in {"clickhouse", "clickhouses"}:
                return ""
            if parts.hostname and parts.path.strip("/") and parts.port != 0:
                return self.analytics_url
        except ValueError:  # a port that is no number, a broken IPv6 address
            pass
        raise SettingError(
            "WAYPOST_ANALYTICS_URL", "must name host and database: `clickhouse://host:8123/database`"
        )

    @property
    def duckdb_path(self) -> Path:
        """The file of the embedded store. Raises SettingError for a store that there is not."""
        if not self.analytics_url:
            return Path(self.data_dir) / "analytics" / "analytics.duckdb"
        path = self.analytics_url.removeprefix("duckdb://")
        if path == self.analytics_url or not path:
            raise SettingError(
                "WAYPOST_ANALYTICS_URL",
                "must be empty, `duckdb:///path` or `clickhouse://host:8123/database`",
            )
        return Path(path)
