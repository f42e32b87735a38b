"""Every fault: how it is prepared, so that it strikes within milliseconds, and how it is healed."""

import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from faultkit.plan import COPIES, At, Kind, Odds
from faultkit.stage import ARRIVED, LEFT, Stage
from labkit import box, faults, filling, links, process, store
from labkit.guest.whereabouts import VIRSH
from labkit.lab import Lab, Plane
from labkit.process import Process
from labkit.shell import wait_for
from labkit.targets import locate

_COMES_BACK_SECONDS = 20.0
_VIRSH_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Armed:
    """A fault that is ready. Both are safe to call when the lab has changed meanwhile; `heal` also twice."""

    strike: Callable[[], None]
    heal: Callable[[], None]


Arm = Callable[[Stage], Armed]


@dataclass(frozen=True, slots=True)
class Fault:
    """How it is picked, how it is brought about, and what it may do to the guest besides."""

    picked: Odds
    arm: Arm
    user_paused: bool = False
    store_was_away: bool = False
    until_the_end: bool = False
    """It is healed only when the migration has come to rest; what is promised counts from the strike."""


def _nothing() -> None:
    """Who was killed comes back by itself."""


def _victims(stage: Stage, who: list[str]) -> list[Process]:
    """Its processes now; one that is just being started is waited for."""
    target = locate(stage.lab, who)
    box.running(stage.lab, target.box)
    wait_for(" ".join(who), lambda: bool(target.pids()), _COMES_BACK_SECONDS)
    return [found for pid in target.pids() if (found := process.look(pid))]


def _send(victims: list[Process], number: signal.Signals) -> None:
    for victim in victims:
        if process.lives(victim):
            os.kill(victim.pid, number)


def _whom(stage: Stage, who: str) -> list[str]:
    return [stage.host(word) for word in who.split()]


def _kill(*everybody: str) -> Arm:
    """SIGKILL to all of them at once."""

    def arm(stage: Stage) -> Armed:
        victims = [victim for who in everybody for victim in _victims(stage, _whom(stage, who))]
        return Armed(partial(_send, victims, signal.SIGKILL), _nothing)

    return arm


def _freeze(who: str) -> Arm:
    def arm(stage: Stage) -> Armed:
        victims = _victims(stage, _whom(stage, who))
        return Armed(partial(_send, victims, signal.SIGSTOP), partial(_send, victims, signal.SIGCONT))

    return arm


def _away(who: str) -> Arm:
    """Killed, and not started again until it is healed."""

    def arm(stage: Stage) -> Armed:
        words = _whom(stage, who)
        return Armed(partial(faults.stop, stage.lab, words), partial(_back, stage.lab, words))

    return arm


def _back(lab: Lab, who: list[str]) -> None:
    faults.start(lab, who)
    if who == ["store"]:
        store.wait(lab)


def _cut(plane: Plane, role: str) -> Arm:
    def arm(stage: Stage) -> Armed:
        cut = partial(links.cut, stage.lab, stage.host(role), plane)
        return Armed(partial(cut, down=True), partial(cut, down=False))

    return arm


def _power_off(role: str) -> Arm:
    def arm(stage: Stage) -> Armed:
        host = stage.host(role)
        return Armed(partial(_crash, stage, role), partial(faults.power_on, stage.lab, host))

    return arm


def _crash(stage: Stage, role: str) -> None:
    faults.crash(stage.lab, stage.host(role))
    left, arrived = stage.heard_of(stage.source, *LEFT), stage.heard_of(stage.destination, *ARRIVED)
    died = left is not None if role == "destination" else arrived is None
    # Of a libvirtd that was harmed before, nothing was heard: then it may have been there.
    deaf = any("libvirtd" in fault for fault in stage.struck)
    stage.may_be_dead = stage.may_be_dead or died or deaf


def _virsh(*words: str, kills: bool = False) -> Arm:
    """Somebody uses virsh at the source; what it answers is noted, whatever it is."""

    def arm(stage: Stage) -> Armed:
        answers: list[subprocess.Popen[str]] = []

        def strike() -> None:
            command = box.enter(stage.lab, stage.source, *VIRSH, *words, stage.guest.uuid)
            answers.append(
                subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            )

        def heal() -> None:
            while answers:
                stage.may_be_dead |= _answered(stage, words[0], answers.pop()) and kills

        return Armed(strike, heal)

    return arm


def _answered(stage: Stage, word: str, asked: "subprocess.Popen[str]") -> bool:
    try:
        said, _ = asked.communicate(timeout=_VIRSH_SECONDS)
    except subprocess.TimeoutExpired:
        asked.kill()
        asked.wait()
        said = f"no answer in {_VIRSH_SECONDS:.0f} s"
    stage.note(f"virsh {word} said: {' '.join(said.split()) or 'done'}")
    return asked.returncode == 0


def _cancel(stage: Stage) -> Armed:
    cancel = {"spec": {"cancel": True}}
    return Armed(lambda: _asked(stage, *stage.client.ask("PATCH", stage.story.path, cancel)), _nothing)


def _delete(stage: Stage) -> Armed:
    return Armed(lambda: _asked(stage, *stage.client.ask("DELETE", stage.story.path)), _nothing)


def _delete_namespace(stage: Stage) -> Armed:
    path = f"/api/v1/namespaces/{stage.namespace}"
    return Armed(lambda: _asked(stage, *stage.client.ask("DELETE", path)), _nothing)


def _asked(stage: Stage, status: int, answer: dict[str, object]) -> None:
    if status >= 400:
        stage.note(f"the API server says {status}: {answer.get('message')}")


def _full(stage: Stage) -> Armed:
    """While disks are copied: later the guest itself would find no space, by nobody's mistake."""

    def strike() -> None:
        if _copies(stage):
            filling.fill(stage.lab, stage.destination)

    return Armed(strike, partial(filling.empty, stage.lab, stage.destination))


def _delete_image(stage: Stage) -> Armed:
    """One that is being filled; QEMU goes on with what has no name any more."""

    def strike() -> None:
        if not _copies(stage):
            return
        path = str(stage.guest.leaving()[0])
        box.inside(stage.lab, stage.destination, "rm", "-f", path)
        stage.deleted.add(path)

    return Armed(strike, _nothing)


def _copies(stage: Stage) -> bool:
    copies = stage.story.phase == "Copying"
    if not copies:
        stage.note(f"no disk is being copied: {stage.story.phase}")
    return copies


_MID = (At.COPY, At.SHARE, At.SWITCHOVER)
_OF_COPIES = tuple(sorted(COPIES))
_LONG = (5.0, 45.0)

FAULTS: dict[str, Fault] = {
    "operator-killed": Fault(Odds(6), _kill("operator")),
    "source-agent-killed": Fault(Odds(6), _kill("agent source")),
    "destination-agent-killed": Fault(Odds(6), _kill("agent destination")),
    "all-killed": Fault(Odds(5), _kill("operator", "agent source", "agent destination")),
    "apiserver-killed": Fault(Odds(4), _kill("apiserver")),
    "apiserver-away": Fault(Odds(1.2, (20, 20), _MID), _away("apiserver")),
    "operator-away": Fault(Odds(3, (3, 12)), _away("operator")),
    "source-libvirtd-killed": Fault(Odds(4), _kill("libvirtd source")),
    "destination-libvirtd-killed": Fault(Odds(6), _kill("libvirtd destination")),
    "both-libvirtds-killed": Fault(Odds(2), _kill("libvirtd source", "libvirtd destination")),
    "source-libvirtd-frozen": Fault(Odds(1.5, _LONG), _freeze("libvirtd source")),
    "destination-libvirtd-frozen": Fault(Odds(2, _LONG), _freeze("libvirtd destination")),
    "source-agent-frozen": Fault(Odds(2, (2, 15)), _freeze("agent source")),
    "destination-agent-frozen": Fault(Odds(2, (2, 15)), _freeze("agent destination")),
    "operator-frozen": Fault(Odds(2, (2, 15)), _freeze("operator")),
    "data-link-cut": Fault(Odds(4, (5, 5), _MID), _cut(Plane.DATA, "source")),
    "data-link-cut-for-good": Fault(
        Odds(2, moments=_MID), _cut(Plane.DATA, "destination"), until_the_end=True
    ),
    "source-api-cut": Fault(Odds(1, (20, 60)), _cut(Plane.API, "source")),
    "destination-api-cut": Fault(Odds(1, (20, 60)), _cut(Plane.API, "destination")),
    "destination-off": Fault(Odds(2, (1, 10)), _power_off("destination")),
    "destination-off-for-good": Fault(Odds(1), _power_off("destination"), until_the_end=True),
    "source-off": Fault(Odds(2, (1, 10)), _power_off("source")),
    "source-off-for-good": Fault(Odds(1), _power_off("source"), until_the_end=True),
    "job-aborted": Fault(Odds(4, moments=(At.COPY, At.SHARE, At.JOB, At.SWITCHOVER)), _virsh("domjobabort")),
    "guest-destroyed": Fault(Odds(3), _virsh("destroy", kills=True)),
    "guest-told-to-shut-down": Fault(Odds(1, moments=(At.COPY, At.SHARE, At.PHASE)), _virsh("shutdown")),
    "guest-suspended": Fault(Odds(3), _virsh("suspend"), user_paused=True),
    "store-away": Fault(Odds(1.5, (10, 10), guests=(Kind.FAST,)), _away("store"), store_was_away=True),
    "destination-full": Fault(Odds(4, (4, 6), (At.COPY,), _OF_COPIES, follows=False), _full),
    "image-deleted": Fault(Odds(4, (10, 12), (At.COPY,), _OF_COPIES, follows=False), _delete_image),
    "cancelled": Fault(Odds(6), _cancel),
    "deleted": Fault(Odds(4), _delete),
    "namespace-deleted": Fault(Odds(2), _delete_namespace),
}


def arm(stage: Stage, name: str) -> Armed:
    """Ready to strike; `LabError` where it can't be made now."""
    return FAULTS[name].arm(stage)
