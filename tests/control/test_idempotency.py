"""How answers that are kept for a retry lie in the database."""

import asyncio
from pathlib import Path

import httpx


def _database_bytes(directory: Path) -> bytes:
    return b"".join(file.read_bytes() for file in directory.glob("control.db*"))


async def test_kept_answers_hold_no_plain_secret(client: httpx.AsyncClient, tmp_path: Path) -> None:
    """Who gets a copy of the database must not find the keys of the last day in it."""
    asked = {
        "/v1/keys": ({"name": "for a till", "scopes": ["links:read"]}, "text"),
        "/v1/webhooks": ({"url": "https://hooks.example.com/", "events": ["*"]}, "secret"),
    }
    shown = []
    for path, (body, member) in asked.items():
        once = {"Idempotency-Key": "k1"}
        made = await client.post(path, json=body, headers=once)
        again = await client.post(path, json=body, headers=once)
        assert (made.status_code, again.headers["idempotent-replayed"]) == (201, "true")
        assert again.content == made.content
        shown.append(made.json()[member].encode())
    stored = await asyncio.to_thread(_database_bytes, tmp_path)
    assert b"for a till" in stored
    assert all(secret not in stored for secret in shown)
