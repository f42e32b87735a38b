"""What the lab believes of a process: a zombie is dead, and a pid that is used again is somebody else."""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from labkit import process
from labkit.shell import LabError, run, succeeds, wait_for


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as child:
        yield child
        child.kill()


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_process_that_runs_is_found_with_its_memory(child: subprocess.Popen[bytes]) -> None:
    found = process.look(child.pid)
    assert found and process.lives(found) and not found.stopped
    assert process.resident_mib(os.getpid()) > 0


def test_a_zombie_is_no_process(child: subprocess.Popen[bytes]) -> None:
    seen = process.look(child.pid)
    child.kill()
    wait_for("the zombie", lambda: state(child.pid) == "Z", 5, 0.001)
    assert process.look(child.pid) is None
    assert seen and not process.lives(seen)


def test_a_pid_that_somebody_else_has_now_is_not_the_one_that_was_seen(
    child: subprocess.Popen[bytes],
) -> None:
    found = process.look(child.pid)
    assert found and not process.lives(replace(found, started=found.started - 1))


def test_nobody_is_behind_a_pid_that_is_free() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert process.look(gone.pid) is None
    assert (process.name(gone.pid), process.resident_mib(gone.pid)) == ("", 0)


def test_a_command_that_fails_is_named_with_its_exit_code_and_what_it_said() -> None:
    with pytest.raises(LabError, match="sh -c echo why >&2; exit 3: exit code 3: why"):
        run("sh", "-c", "echo why >&2; exit 3")
    assert not succeeds("false")


def test_a_command_that_is_not_there_is_named_with_the_remedy() -> None:
    with pytest.raises(LabError, match="no-such-tool: not on this machine; install it"):
        run("no-such-tool")


def test_a_command_that_does_not_end_is_ended_and_named() -> None:
    with pytest.raises(LabError, match="sleep 60: no end after 0 s"):
        run("sleep", "60", timeout_seconds=0.05)


def test_a_command_gets_the_text_it_is_given_and_otherwise_nothing_to_read() -> None:
    assert run("cat", stdin="text") == "text"
    assert run("cat") == ""


def test_waiting_ends_with_the_condition_or_names_what_did_not_come() -> None:
    answers = iter([False, False, True])
    wait_for("the third answer", lambda: next(answers), 5, 0.001)
    began = time.monotonic()
    with pytest.raises(LabError, match="the moon: not after 0 s"):
        wait_for("the moon", lambda: False, 0.05, 0.01)
    assert time.monotonic() - began < 5
