"""Which probers a lab ends: real processes that are called as a prober is, with a shell behind the name."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from labkit.guest.observer import end, end_all
from labkit.guest.state import directory
from labkit.lab import Lab
from labkit.shell import wait_for

HERE, ELSEWHERE = Lab("unit-probers", 30), Lab("unit-probers-2", 31)
Prober = subprocess.Popen[bytes]


def start(stack: ExitStack, lab: Lab, guest: str) -> Prober:
    """Waits for input until it is ended; returns when it bears its name, which comes after its start."""
    command = ["/anywhere/prober", "-c", "read -r _", str(directory(lab, guest) / "prober")]
    prober = stack.enter_context(subprocess.Popen(command, executable="/bin/sh", stdin=subprocess.PIPE))
    stack.callback(prober.kill)
    shown = Path(f"/proc/{prober.pid}/cmdline")
    wait_for("the prober's name", lambda: shown.read_bytes().startswith(b"/anywhere/prober"), 5, 0.001)
    return prober


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_a_lab_ends_the_prober_of_a_guest_that_it_no_longer_knows(stack: ExitStack) -> None:
    forgotten = start(stack, HERE, "forgotten")
    end_all(HERE)
    assert forgotten.wait(5) == -9


def test_a_lab_leaves_the_probers_of_another_whose_name_begins_like_its_own(stack: ExitStack) -> None:
    other = start(stack, ELSEWHERE, "m")
    end_all(HERE)
    assert other.poll() is None


def test_the_end_of_one_guest_leaves_the_prober_of_its_neighbour(stack: ExitStack) -> None:
    ended, neighbour = start(stack, HERE, "m"), start(stack, HERE, "m2")
    end(HERE, "m")
    assert ended.wait(5) == -9
    assert neighbour.poll() is None
