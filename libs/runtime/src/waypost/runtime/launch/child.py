"""One child process: started, watched, its log kept in a bounded file, ended in time."""

import asyncio
import ctypes
import logging.handlers
import os
import signal
import sys
from pathlib import Path

from waypost.runtime.launch.faults import LaunchFault

LOG_FILE_BYTES_MAX = 8 * 1024 * 1024
LOG_FILES_KEPT = 2
LOG_LINE_BYTES_MAX = 64 * 1024
STOP_TIMEOUT_S = 10.0
_PR_SET_PDEATHSIG = 1


class Child:
    """A process of ours. `name` is what an operator reads when it dies."""

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, log_path: Path, ready: int | None
    ) -> None:
        self.name = name
        self.process = process
        self.log_path = log_path
        self.last_line = ""
        self._ready = ready
        self._log = logging.handlers.RotatingFileHandler(
            log_path, maxBytes=LOG_FILE_BYTES_MAX, backupCount=LOG_FILES_KEPT, delay=True
        )
        self._pump = asyncio.create_task(self._keep_log(), name=f"log-{name}")

    @classmethod
    async def start(
        cls, name: str, command: list[str], environment: dict[str, str], logs: Path, *, announces: bool
    ) -> "Child":
        """Start it; with `announces` it gets `--ready-fd N` and `wait_ready` waits for its byte."""
        ready: int | None = None
        passed: tuple[int, ...] = ()
        if announces:
            ready, theirs = os.pipe()
            os.set_blocking(ready, False)
            command = [*command, "--ready-fd", str(theirs)]
            passed = (theirs,)
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=LOG_LINE_BYTES_MAX,
                env=environment,
                pass_fds=passed,
                # A group of its own, so that Ctrl-C reaches us alone and we stop children in order.
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        except OSError as error:
            raise LaunchFault(f"cannot start {name}: {error.strerror}") from error
        finally:
            for descriptor in passed:
                os.close(descriptor)
        return cls(name, process, logs / f"{name}.log", ready)

    async def wait_ready(self) -> None:
        """Return when the process said it serves. Raises LaunchFault when it ended instead."""
        if self._ready is None:
            return
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()
        loop.add_reader(self._ready, arrived.set)
        try:
            await arrived.wait()
        finally:
            loop.remove_reader(self._ready)
        said = os.read(self._ready, 1)
        os.close(self._ready)
        self._ready = None
        if not said:
            raise LaunchFault(await self.obituary())

    async def obituary(self) -> str:
        """Wait for its end and say in one line which child died, how, and its last words."""
        code = await self.process.wait()
        await self._pump
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        words = f": {self.last_line}" if self.last_line else ""
        return f"{self.name} died ({how}){words} [log: {self.log_path}]"

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL when it takes longer than STOP_TIMEOUT_S."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await self.process.wait()
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        await self._pump
        self._log.close()

    async def _keep_log(self) -> None:
        assert self.process.stdout is not None
        while True:
            try:
                line = await self.process.stdout.readline()
            except ValueError:  # a line over the limit was cut by the stream
                continue
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip("\n")
            if text.strip():
                self.last_line = text[-500:]
            self._log.emit(logging.LogRecord(self.name, logging.INFO, "", 0, "%s", (text,), None))


def _die_with_parent() -> None:
    """Linux: be terminated when the launcher is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
