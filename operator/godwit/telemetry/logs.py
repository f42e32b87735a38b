"""One line of JSON per event: a constant message, and what varies beside it as keys of their own.

    logger.info("a task was taken", extra={"task": task.name})

Lines go to stderr. kopf speaks only of what goes wrong: what it watches is told by `godwit.runtime`.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; all else came by `extra`."""

_QUIET = {
    "kopf": logging.WARNING,
    # It warns at each start that it takes no signals; we take them.
    "kopf._core.reactor.running": logging.ERROR,
    "asyncio": logging.WARNING,
    "aiohttp.access": logging.WARNING,
}


def configure(level: str = "INFO", stream: TextIO = sys.stderr) -> None:
    """Log from here on as JSON lines, from `level` (`DEBUG`, `INFO`, `WARNING`, `ERROR`) upwards."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(least)


class JsonFormatter(logging.Formatter):
    """A record as one line: time (UTC), level, logger, message, then everything given by `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Never raises: what is no JSON is written as its `str()`."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update((key, value) for key, value in vars(record).items() if key not in _OWN)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False, skipkeys=True)
