"""What analytics stored, read from its database after it stopped."""

from pathlib import Path

import duckdb


def stored_marks(data_dir: Path) -> list[str]:
    """The `utm_content` of every stored scan, repeated as often as it is stored."""
    with duckdb.connect(str(data_dir / "analytics" / "analytics.duckdb"), read_only=True) as database:
        return [str(row[0] or "") for row in database.execute("select utm_content from scans").fetchall()]
