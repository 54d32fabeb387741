"""The migrations of control are one line, however many people write them at once."""

import re
from collections import Counter
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "services/control/src/waypost/control/migrations/versions"
_REVISION = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)
_BEFORE = re.compile(r'^down_revision: str \| None = (?:"(\w+)"|None)$', re.MULTILINE)


def test_every_migration_but_the_last_is_followed_by_one() -> None:
    """Two that follow the same one are two heads, and `upgrade` refuses to choose."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(VERSIONS.glob("*.py"))]
    revisions = [_REVISION.findall(text)[0] for text in texts]
    before = [_BEFORE.findall(text)[0] for text in texts]
    assert [name for name, count in Counter(before).items() if count > 1] == []
    assert set(before) - set(revisions) == {""}
    assert len(set(revisions)) == len(revisions)
