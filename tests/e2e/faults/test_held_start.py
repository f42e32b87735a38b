"""An agent is held just before libvirt's call; meanwhile its attempt is ended, and another one is asked for.

Never two jobs, and never one that begins late.
"""

import time
from collections.abc import Iterator

import pytest

from faultkit.client import Story
from faultkit.ends import Ended
from faultkit.plan import Kind
from labkit import faults

from ..lab import wait_until
from .gate import Gate, gate
from .trial import LATE_SECONDS, Trial, Trials, told

pytestmark = pytest.mark.e2e

START_TIMEOUT = "8s"
FROZEN_SECONDS = 90.0
"""Longer than an agent may be silent, and than the kubelet bears it."""


@pytest.fixture
def held(trials: Trials) -> Iterator[Gate]:
    """Waits with the write of `starting`."""
    with gate(trials.rig.lab, trials.rig.client) as found:
        yield found


def ends_once(trial: Trial, second: Story, begun_before: int, reason: str = "StartTimeout") -> None:
    """The first one failed in time and began no job; the second one moved the guest."""
    wait_until("the first one's end", lambda: trial.stage.story.final, LATE_SECONDS)
    assert (trial.stage.story.phase, told(trial.stage.story)["reason"]) == ("Failed", reason)
    ended = Ended("", trial.stage.destination, attempts=begun_before + 1)
    trial.story_ended(second, ended, "Succeeded")
    assert trial.jobs_begun() == begun_before + 1


def test_a_start_that_is_held_until_its_attempt_is_over_never_comes(trials: Trials, held: Gate) -> None:
    with trials.begin(Kind.FAST, startTimeout=START_TIMEOUT) as trial:
        wait_until("the write", held.reached.is_set, LATE_SECONDS)
        second = trial.another(trial.stage.destination)
        wait_until("another goal", lambda: trial.goal("Source") == "RolledBack", LATE_SECONDS)
        assert trial.jobs_begun() == 0
        held.open.set()
        ends_once(trial, second, begun_before=0)


@pytest.mark.walk
def test_an_agent_that_freezes_after_its_intent_begins_nothing_and_neither_does_whoever_follows_it(
    trials: Trials, held: Gate
) -> None:
    """The kubelet kills a frozen one in time; the next one finds the intent, and only looks."""
    with trials.begin(Kind.FAST, startTimeout=START_TIMEOUT) as trial:
        lab, source = trial.stage.lab, trial.stage.source
        wait_until("the write", held.reached.is_set, LATE_SECONDS)
        faults.freeze(lab, ["libvirtd", source])
        held.open.set()
        wait_until("the intent", lambda: trial.written("Source", "starting") is not None, LATE_SECONDS)
        faults.freeze(lab, ["agent", source])
        faults.thaw(lab, ["libvirtd", source])
        second = trial.another(trial.stage.destination)
        try:
            until = time.monotonic() + FROZEN_SECONDS
            while time.monotonic() < until and not trial.stage.story.final:
                assert second.phase in ("", "Pending", "Queued"), told(second)
                assert trial.jobs_begun() == 0
                time.sleep(1)
        finally:
            faults.thaw(lab, ["agent", source])
        ends_once(trial, second, begun_before=0, reason="JobLost")
