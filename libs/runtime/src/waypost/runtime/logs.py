"""Logs: one JSON object a line on standard error; an event word plus keys, never a sentence.

Never one line per scan, never an address, never a secret.
"""

import logging
import sys
import traceback
from datetime import UTC, datetime

import orjson

_KEYS = "waypost_keys"


class _JsonLines(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "event": record.getMessage(),
        }
        line.update(getattr(record, _KEYS, {}))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = repr(record.exc_info[1])
            line["trace"] = "".join(traceback.format_exception(record.exc_info[1]))
        return orjson.dumps(line, default=str).decode()


class Log:
    """A logger that takes an event word and keys: `log.info("snapshot_built", ver=7)`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **keys: object) -> None:
        """What only a developer wants to see."""
        self._logger.debug(event, extra={_KEYS: keys})

    def info(self, event: str, **keys: object) -> None:
        """What an operator reads to understand what happened."""
        self._logger.info(event, extra={_KEYS: keys})

    def warning(self, event: str, **keys: object) -> None:
        """Something is degraded and mends itself."""
        self._logger.warning(event, extra={_KEYS: keys})

    def error(self, event: str, *, cause: BaseException | None = None, **keys: object) -> None:
        """Something needs a person."""
        self._logger.error(event, extra={_KEYS: keys}, exc_info=cause)


def configure(service: str, level: str = "INFO") -> None:
    """Send every log of this process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("nats", "httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
