"""Waits for a moment of a migration, as Kubernetes' watch or libvirt's events tell it."""

import re
import time
from collections.abc import Callable

from benchkit.traces import first_round
from faultkit.plan import PHASES, At, Moment
from faultkit.seameyes import Eyes
from faultkit.sights import INTENDED, MADE
from faultkit.stage import LEFT, Stage
from labkit import box
from labkit.guest.whereabouts import VIRSH
from labkit.shell import LabError

_LONGEST_SECONDS = 60.0
_TICK_SECONDS = 0.005
_LOOK_SECONDS = 0.2
_FIGURE = re.compile(r"^(Memory|File) (remaining|total):\s+([\d.]+) (\w+)\s*$", re.M)
_UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def wait_moment(stage: Stage, moment: Moment) -> bool:
    """Whether it came; it doesn't when the migration has ended before."""
    match moment.at:
        case At.PHASE:
            return _until(stage, lambda: _has_reached(stage, moment.phase))
        case At.SHARE:
            return _until(stage, lambda: _share(stage, "Memory") >= moment.value, _LOOK_SECONDS)
        case At.COPY:
            return _until(stage, lambda: _share(stage, "File") >= moment.value, _LOOK_SECONDS)
        case At.INTENT | At.CREATED:
            came = _image(stage, moment.at)
        case At.JOB:
            came = _until(stage, lambda: _job_began(stage))
        case At.SWITCHOVER:
            came = _until(stage, lambda: stage.heard_of(stage.source, *LEFT) is not None)
        case At.AFTER:
            raise ValueError("the first fault of a run has none before it")
    if came:
        time.sleep(moment.value / 1000)
    return came


def _has_reached(stage: Stage, phase: str) -> bool:
    """That phase or a later one: some last for less than a write takes."""
    return any(seen in PHASES[PHASES.index(phase) :] for seen, _ in stage.story.phases)


def _until(stage: Stage, condition: Callable[[], bool], every_seconds: float = _TICK_SECONDS) -> bool:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not condition():
        if stage.story.final or time.monotonic() > deadline:
            return condition()
        time.sleep(every_seconds)
    return True


def _job_began(stage: Stage) -> bool:
    heard = stage.heard.between(stage.guest.name, stage.began, time.time())
    return first_round(heard, stage.source) is not None


def _image(stage: Stage, at: At) -> bool:
    """The destination's task says so; several images are made one right after the other."""
    eyes = Eyes(stage.client, stage)
    told = eyes.when((INTENDED if at is At.INTENT else MADE,), lambda: None)
    with eyes.opened():
        return _until(stage, told.is_set)


def _share(stage: Stage, what: str) -> float:
    """Percent of the guest's memory or files that need not be sent any more; 0 without a job."""
    try:
        said = box.inside(stage.lab, stage.source, *VIRSH, "domjobinfo", stage.guest.uuid, timeout_seconds=10)
    except LabError:
        return 0.0
    return sent(said, what)


def sent(said: str, what: str) -> float:
    """The same of what `virsh domjobinfo` printed; pure."""
    figures = {
        name: float(number) * _UNITS[unit] for of, name, number, unit in _FIGURE.findall(said) if of == what
    }
    if len(figures) < 2 or not figures["total"]:
        return 0.0
    return 100 * (1 - figures["remaining"] / figures["total"])
