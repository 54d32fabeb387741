"""A private PostgreSQL cluster for tests, run by a user that initdb accepts."""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

from tests.control.schema import make_current
from tests.ports import free_port

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


class PostgresCluster:
    """Makes a database per test on one server."""

    def __init__(self, binaries: Path, directory: Path, port: int, user: str) -> None:
        self.binaries = binaries
        self.directory = directory
        self.port = port
        self.user = user
        self._template = ""

    async def new_database(self) -> str:
        """The URL of a new database with the schema of this version, which is made once and copied."""
        if not self._template:
            template = self._create()
            await make_current(template, self.directory / "unused")
            self._template = template.rpartition("/")[2]
        return self._create("--template", self._template)

    def _create(self, *options: str) -> str:
        name = f"t{uuid.uuid4().hex}"
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "waypost", *options, name)
        return f"postgresql+asyncpg://waypost@127.0.0.1:{self.port}/{name}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as its user."""
        command = [str(self.binaries / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", self.user, "--", *command]
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd=self.directory)

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self.run("pg_ctl", "-D", str(self.directory / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.directory, ignore_errors=True)


def cluster_or_reason(_tmp: Path) -> PostgresCluster | str:
    """A running cluster, or why there is none."""
    if not _BINARIES:
        return "no PostgreSQL server is installed"
    user = "postgres"
    if os.geteuid() == 0 and user not in {entry.pw_name for entry in pwd.getpwall()}:
        return "PostgreSQL does not run as root and there is no user postgres"
    # Not below pytest's directory, which other users may not enter.
    directory = Path(tempfile.mkdtemp(prefix="waypost-pg-"))
    if os.geteuid() == 0:
        shutil.chown(directory, user)
    port = free_port()
    cluster = PostgresCluster(_BINARIES[-1], directory, port, user)
    data = str(directory / "data")
    cluster.run("initdb", "-D", data, "-U", "waypost", "--auth=trust", "--encoding=UTF8", "--no-locale")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={directory}"
    log = str(directory / "log")
    cluster.run("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
    atexit.register(cluster.stop)
    return cluster
