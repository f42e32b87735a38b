"""An old operator that knows nothing of the new one, and acts on what it saw long ago."""

import os
import signal
from collections.abc import Iterator

import pytest

from faultkit.plan import Kind
from labkit import containers, process
from labkit.kubernetes import kubectl
from labkit.lab import Lab
from labkit.process import Process

from ..lab import wait_until
from .trial import HALF, LATE_SECONDS, Trials

pytestmark = pytest.mark.e2e

NODE = "infra"


def running(lab: Lab) -> list[Process]:
    """The operators' processes."""
    pids = (container.pid for container in containers.find(lab, NODE, "operator"))
    return [found for pid in pids if (found := process.look(pid))]


def scale(lab: Lab, operators: int) -> None:
    kubectl(lab, "scale", "deployment/godwit-operator", "-n", containers.NAMESPACE, f"--replicas={operators}")
    wait_until(f"{operators} operators", lambda: len(running(lab)) == operators, LATE_SECONDS, 0.5)


@pytest.fixture
def old_and_new(trials: Trials) -> Iterator[tuple[Process, Process]]:
    """Two operators, until the end of the test; both run then."""
    lab = trials.rig.lab
    rollout = ("rollout", "status", "deployment/godwit-operator", "-n", containers.NAMESPACE)
    both: list[Process] = []
    try:
        scale(lab, 2)
        kubectl(lab, *rollout, "--timeout=120s")
        # Only now: one that a test before this one had let die may have begun anew until then.
        both = running(lab)
        old, new = both
        yield old, new
    finally:
        for each in filter(process.lives, both):
            os.kill(each.pid, signal.SIGCONT)
        scale(lab, 1)


def test_an_operator_that_was_away_while_its_successor_worked_begins_nothing_twice(
    trials: Trials, old_and_new: tuple[Process, Process]
) -> None:
    old, new = old_and_new
    with trials.begin(Kind.FAST, slow=True) as trial:
        os.kill(old.pid, signal.SIGSTOP)
        trial.comes(HALF)
        os.kill(old.pid, signal.SIGCONT)
        os.kill(new.pid, signal.SIGSTOP)
        trial.hurry()
        trial.reaches("Succeeded")
        os.kill(new.pid, signal.SIGCONT)
        trial.ended("Succeeded")
        assert trial.jobs_begun() == 1
