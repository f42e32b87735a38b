"""Looks at the guest on all hosts all the time, for two that run at once."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from threading import Event, Thread

from labkit.guest import whereabouts
from labkit.guest.spec import Guest
from labkit.lab import Lab
from labkit.shell import LabError

EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """libvirt's word on each host, asked at `at` (seconds of the epoch) and answered by `until`."""

    at: float
    until: float
    states: dict[str, str]


def two_at_once(samples: Sequence[Sample]) -> list[str]:
    """Findings; pure.

    The hosts are asked side by side, but not at one moment: a guest that switches over just then may be seen
    on both. In two looks in a row it can't, whichever host is asked first.
    """
    return [
        f"it ran on {' and '.join(sorted(twice))} at once, for {later.until - earlier.at:.1f} s at least"
        for earlier, later in pairwise(samples)
        if len(twice := _running(earlier) & _running(later)) > 1
    ]


@contextmanager
def sampling(lab: Lab, guest: Guest) -> Iterator[list[Sample]]:
    """The samples, which grow until the end of the block."""
    samples: list[Sample] = []
    over = Event()
    looker = Thread(target=_look, args=(lab, guest, samples, over), daemon=True)
    looker.start()
    try:
        yield samples
    finally:
        over.set()
        looker.join()


def _look(lab: Lab, guest: Guest, samples: list[Sample], over: Event) -> None:
    while not over.wait(EVERY_SECONDS):
        began = time.time()
        try:
            states = whereabouts.states(lab, guest.uuid)
        except LabError:
            continue  # a host lost its power while it was asked
        samples.append(Sample(began, time.time(), states))


def _running(sample: Sample) -> set[str]:
    return set(whereabouts.running(sample.states))
