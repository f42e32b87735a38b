"""When a migration has come to rest, and whether `NeedsAttention` is what the recovery table says. Promise 4.

All is asked of libvirt here; the phase is what has to fit it.
"""

import time
from dataclasses import dataclass

from faultkit.scene import OFF
from faultkit.stage import Stage
from labkit import box
from labkit.guest import whereabouts
from labkit.guest.whereabouts import ABSENT, VIRSH
from labkit.shell import LabError

PROMISED_SECONDS = 60.0
PATIENCE_SECONDS = 2 * PROMISED_SECONDS
STANDS_SECONDS = 12.0
"""Evidence that becomes clear ends it by itself: what still stands after this, stands."""
ATTENTION = "NeedsAttention"
_LOOK_SECONDS = 0.25
_GONE = frozenset({ABSENT, OFF, "crashed"})


@dataclass(frozen=True, slots=True)
class Rest:
    """How long it took from the last fault, and what was wrong with it."""

    seconds: float
    findings: tuple[str, ...] = ()


def rest(stage: Stage, since: float, *, healed: bool) -> Rest:
    """Waits for it. `since` is the last fault, in seconds of the epoch; `healed`: no fault goes on."""
    job_until = since
    while True:
        now, phase, at = time.time(), stage.story.phase, _phase_since(stage)
        if stage.story.final:
            return _judged(max(0.0, at - max(since, job_until)), phase)
        if (
            phase == ATTENTION
            and now - max(since, at) >= STANDS_SECONDS
            and (not healed or _may_stand(stage))
        ):
            return _judged(max(0.0, at - since), phase)
        if now - job_until > PROMISED_SECONDS and _job_runs(stage):
            job_until = now
        if now - job_until > PATIENCE_SECONDS:
            return Rest(now - since, (_no_rest(stage, phase, now - job_until),))
        stage.story.wait(_LOOK_SECONDS)


def _may_stand(stage: Stage) -> bool:
    states = whereabouts.states(stage.lab, stage.guest.uuid)
    return undecidable(states[stage.source], states[stage.destination], may_be_dead=stage.may_be_dead)


def undecidable(source: str, destination: str, *, may_be_dead: bool) -> bool:
    """By libvirt's states alone; pure.

    A guest that runs on one host only is the guest. One that waits at the source is rolled back, or ended if
    it runs at the destination. Left are those that run nowhere, or were started again after a power-off.
    """
    if source == "running":
        return destination == "running" or may_be_dead
    if source in _GONE:
        return destination != "running"
    return destination not in ("running", "paused", ABSENT)


def _no_rest(stage: Stage, phase: str, seconds: float) -> str:
    states = whereabouts.states(stage.lab, stage.guest.uuid)
    seen = ", ".join(f"{state} on {host}" for host, state in states.items())
    return f"{phase or 'no phase'} {seconds:.0f} s after the last fault, and no job runs; the guest is {seen}"


def _judged(seconds: float, phase: str) -> Rest:
    if seconds <= PROMISED_SECONDS:
        return Rest(seconds)
    return Rest(seconds, (f"{phase} only {seconds:.0f} s after the last fault",))


def _phase_since(stage: Stage) -> float:
    return stage.story.phases[-1][1] if stage.story.phases else stage.began


def _job_runs(stage: Stage) -> bool:
    """libvirt sends the guest; asked only when that is the one good reason left."""
    try:
        said = box.inside(stage.lab, stage.source, *VIRSH, "domjobinfo", stage.guest.uuid, timeout_seconds=35)
    except LabError:
        return False
    return "Outgoing migration" in said
