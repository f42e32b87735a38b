import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from godwit.telemetry.logs import JsonFormatter, configure


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where `configure` writes to; the loggers are put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()  # else `force` would close pytest's own
    written = io.StringIO()
    configure("INFO", written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_line_with_its_keys_beside_a_constant_message(stream: io.StringIO) -> None:
    logging.getLogger("godwit.test").info("a task was taken", extra={"task": "vm1-1", "attempt": 1})
    (line,) = lines(stream)
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "logger": "godwit.test",
        "message": "a task was taken",
        "task": "vm1-1",
        "attempt": 1,
    }


def test_an_error_keeps_its_trace_in_the_same_line(stream: io.StringIO) -> None:
    try:
        raise OSError("no\nsocket")
    except OSError:
        logging.getLogger("godwit.test").exception("it failed")
    (line,) = lines(stream)
    assert "Traceback" in str(line["error"])
    assert "OSError: no\nsocket" in str(line["error"])


def test_what_is_no_json_is_written_as_text(stream: io.StringIO) -> None:
    logging.getLogger("godwit.test").info("a path", extra={"path": Path("/srv"), "odd": {(1, 2): 3}})
    (line,) = lines(stream)
    assert line["path"] == "/srv"


def test_kopf_speaks_only_of_what_goes_wrong(stream: io.StringIO) -> None:
    logging.getLogger("kopf.objects").info("Handler succeeded")
    logging.getLogger("kopf._core.reactor.running").warning("OS signals are ignored")
    logging.getLogger("kopf.objects").warning("trouble")
    assert [line["message"] for line in lines(stream)] == ["trouble"]


def test_the_time_is_utc_with_milliseconds() -> None:
    record = logging.makeLogRecord({"created": 1_780_000_000.5, "msg": "x", "levelname": "INFO", "name": "n"})
    assert json.loads(JsonFormatter().format(record))["time"] == "2026-05-28T20:26:40.500+00:00"
