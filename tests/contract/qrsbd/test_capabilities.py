"""The checklist of this dialect names tests that exist."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
LISTED = ROOT / "tests" / "contract" / "capabilities" / "qrsbd.toml"


def test_every_capability_names_a_test_or_a_reason() -> None:
    """A promise without a test is a wish."""
    entries = tomllib.loads(LISTED.read_text())
    assert len(entries) > 40
    for number, entry in entries.items():
        assert set(entry) in ({"test"}, {"reason"}), number
        if "test" in entry:
            file, _, name = entry["test"].partition("::")
            assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(), re.MULTILINE), number
