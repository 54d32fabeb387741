"""A stand-in for a ClickHouse server: the real engine (chdb) behind as much of the HTTP interface as
clickhouse-connect speaks with it. No server comes with the packages of this project, so this is what the
service, its real client and a connection that can break are tested with.

`python -m tests.analytics.clickhouse_front DIRECTORY DATABASE PORT READY_FD`
"""

import os
import signal
import subprocess
import sys
import threading
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chdb.session import Session

_ENGINE_SETTINGS = (
    "async_insert",
    "max_query_size",
    "max_partitions_per_insert_block",
    "mutations_sync",
    "prefer_column_name_to_alias",
)


class Front(BaseHTTPRequestHandler):
    """One connection; `session` is the engine and `turn` lets one request at a time speak to it."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together
    session: Any
    turn = threading.Lock()

    def do_GET(self) -> None:
        """Queries of the handshake."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Everything else."""
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(iter(self._chunk, b""))
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._answer(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is overridden
        """Say nothing."""

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline(), 16)
        data = self.rfile.read(size)
        self.rfile.readline()
        return data

    def _answer(self, body: bytes) -> None:
        fields = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("multipart/form-data"):
            form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
            for part in form.walk():
                name, content = (
                    part.get_param("name", header="content-disposition"),
                    part.get_payload(decode=True),
                )
                if isinstance(name, str) and isinstance(content, bytes):
                    fields[name] = content.decode()
            body = b""
        try:
            with self.turn:
                found = self._run(fields, body)
        except RuntimeError as error:
            self._send(500, str(error).encode(), {"X-ClickHouse-Exception-Code": "1"})
        else:
            self._send(200, found, {"X-ClickHouse-Summary": "{}"})

    def _run(self, fields: dict[str, str], body: bytes) -> bytes:
        for name in _ENGINE_SETTINGS:
            if name in fields:
                self.session.query(f"SET {name} = {int(fields[name])}")
        if database := fields.get("database", ""):
            self.session.query(f"USE `{database}`")
        query = fields.get("query", "")
        if query.startswith("INSERT INTO") and query.rstrip().endswith("FORMAT Arrow"):
            head = query.rstrip().removesuffix("FORMAT Arrow")
            with self.session.send_insert(head, "Arrow") as insert:
                insert.append(body)
                insert.finish()
            return b""
        query = query + body.decode()
        values = {name[6:]: value for name, value in fields.items() if name.startswith("param_")}
        return bytes(
            self.session.query(query, fields.get("default_format", "TabSeparated"), params=values).bytes()
        )

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class FrontProcess:
    """The stand-in as a process that can be killed and started again on its directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What WAYPOST_ANALYTICS_URL says."""
        return f"clickhouse://waypost:secret@127.0.0.1:{self.port}/scans"

    def start(self) -> None:
        """Start it, on the port that it had before."""
        ready, theirs = os.pipe()
        arguments = [str(self.directory), "scans", str(self.port), str(theirs)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.analytics.clickhouse_front", *arguments], pass_fds=(theirs,)
        )
        os.close(theirs)
        with os.fdopen(ready, "rb") as pipe:
            said = pipe.read()
        assert said, "the stand-in did not start"
        self.port = int(said)

    def kill(self) -> None:
        """SIGKILL, and with it the engine."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)

    def stop(self) -> None:
        """SIGTERM."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)


def main(directory: str, database: str, port: str, ready: str) -> None:
    """Serve until SIGTERM; the port goes to the descriptor."""
    session: Any = Session(directory)  # type: ignore[no-untyped-call]  # chdb has no types
    session.query(f"CREATE DATABASE IF NOT EXISTS `{database}`")
    Front.session = session
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Front)
    with os.fdopen(int(ready), "wb") as pipe:
        pipe.write(str(server.server_port).encode())
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    session.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
