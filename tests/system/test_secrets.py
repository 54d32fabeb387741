"""No raw key or secret lies anywhere on disk but where it is promised."""

from pathlib import Path

import httpx
import pytest
from tests.system.machine import Machine
from tests.system.visitors import AGENT

pytestmark = pytest.mark.system


def test_keys_and_secrets_are_in_no_file(tmp_path: Path) -> None:
    """Whoever copies the data directory, the broker's store or the logs must not be able to call anything."""
    machine = Machine(tmp_path)
    machine.start()
    secrets: dict[str, bytes] = {}
    try:
        with machine.api() as api:
            for kind in ("waypost", "jwt", "xqr"):
                body = {"name": kind, "scopes": ["*"], "format": kind}
                made = api.post("/v1/keys", json=body, headers={"Idempotency-Key": kind})
                secrets[kind] = made.json()["text"].encode()
                used = httpx.get(
                    f"{machine.control}/v1/links",
                    headers={"Authorization": f"Bearer {made.json()['text']}"},
                    trust_env=False,
                )
                assert used.status_code == 200
            hook = {"url": "https://example.com/hook", "events": ["*"]}
            secrets["webhook"] = api.post("/v1/webhooks", json=hook).json()["secret"].encode()
            secrets["password"] = b"correct-horse-battery"
            link = {
                "target_url": "https://example.com/",
                "slug": "a",
                "password": secrets["password"].decode(),
            }
            assert api.post("/v1/links", json=link).status_code == 201
            api.get("/v1/links", headers={"Authorization": f"Bearer {secrets['waypost'].decode()}x"})
        with httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}, trust_env=False) as visitor:
            visitor.post("/a", data={"password": secrets["password"].decode()})
    finally:
        machine.stop()
    # Compression or a cut could hide a whole text; a key's random middle would still be found.
    parts = {name: text[len(text) // 3 :][:24] for name, text in secrets.items()}
    found = [
        f"{name} in {file.relative_to(tmp_path)}"
        for file in sorted(tmp_path.rglob("*"))
        if file.is_file()
        for name, part in parts.items()
        if part in file.read_bytes()
    ]
    assert found == []
    assert (machine.data_dir / "control" / "control.db").stat().st_size > 0
