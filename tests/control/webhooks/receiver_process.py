"""A receiver in a process of its own: `python -m tests.control.webhooks.receiver_process <log>`.

Prints its port, then writes one JSON line per request: path, id, event and whether it verified.
Paths that begin with `/hang` are never answered, those with `/quiet` not written down.
The secret of a path stands in its query.
"""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from standardwebhooks.webhooks import WebhookVerificationError
from tests.control.webhooks.receiver import Answer, Received, Receiver, hang

_ROOT = Path(__file__).parents[3]


class ReceiverProcess:
    """Starts one and reads what it wrote."""

    def __init__(self, directory: Path) -> None:
        self.log = directory / "received.jsonl"
        command = [sys.executable, "-m", "tests.control.webhooks.receiver_process", str(self.log)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def received(self) -> list[dict[str, Any]]:
        """Everything so far."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.endswith("}")]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()


async def _serve(log: Path) -> None:
    with log.open("a", buffering=1) as file:

        async def behave(received: Received) -> Answer:
            path = urlsplit(received.path)
            if path.path.startswith("/hang"):
                return await hang(received)
            if path.path.startswith("/quiet"):
                return 204, {}, b""
            verified = True
            secret = parse_qs(path.query).get("secret", [""])[0]
            if secret:
                try:
                    received.verify(secret)
                except WebhookVerificationError:
                    verified = False
            told = {
                "path": path.path,
                "id": received.headers["webhook-id"],
                "verified": verified,
                "at_ms": time.time_ns() // 1_000_000,
                "body": received.json,
            }
            file.write(json.dumps(told) + "\n")
            return 204, {}, b""

        async with Receiver() as receiver:
            receiver.behave = behave
            print(receiver.port, flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
