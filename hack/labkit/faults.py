"""What can be done to the lab's processes and boxes. Each returns when it is done, and not before."""

import os
import signal
from functools import partial

from labkit import box, process
from labkit.lab import Lab, boxes, nodes
from labkit.network import route_pods
from labkit.shell import LabError, wait_for
from labkit.targets import Target, locate


def kill(lab: Lab, who: list[str]) -> None:
    """SIGKILL once; whoever supervises it starts it again."""
    _kill(who, _must_run(lab, who))


def stop(lab: Lab, who: list[str]) -> None:
    """SIGKILL, and it stays away; nothing when it is away."""
    target = _of_running_box(lab, who)
    target.hold()
    _kill(who, target)
    wait_for(f"{' '.join(who)} to stay away", lambda: not target.pids(), 10, 0.05)


def start(lab: Lab, who: list[str]) -> None:
    """Let its supervisor start it."""
    _of_running_box(lab, who).release()


def freeze(lab: Lab, who: list[str]) -> None:
    """SIGSTOP."""
    for pid in _must_run(lab, who).pids():
        os.kill(pid, signal.SIGSTOP)
        wait_for(f"{' '.join(who)} to freeze", partial(_frozen_or_gone, pid), 10, 0.02)


def thaw(lab: Lab, who: list[str]) -> None:
    """SIGCONT."""
    for pid in _must_run(lab, who).pids():
        os.kill(pid, signal.SIGCONT)


def mend(target: Target) -> None:
    """Neither frozen nor stopped any more."""
    for pid in target.pids():
        os.kill(pid, signal.SIGCONT)
    target.release()


def crash(lab: Lab, host: str) -> None:
    """Power a box off, as if its plug were pulled."""
    box.running(lab, host)
    box.power_off(lab, host)


def power_on(lab: Lab, host: str) -> None:
    """Boot a box that was made before, and give the pods their routes again."""
    if host not in boxes(lab):
        raise LabError(f"lab {lab.name!r} has no {host}; it has: {' '.join(boxes(lab))}")
    box.boot(lab, host)
    alive = {name: pid for name in boxes(lab) if (pid := box.init_pid(lab, name))}
    route_pods(lab, [name for name in nodes(lab) if name in alive], alive)


def _of_running_box(lab: Lab, who: list[str]) -> Target:
    target = locate(lab, who)
    box.running(lab, target.box)
    return target


def _must_run(lab: Lab, who: list[str]) -> Target:
    target = _of_running_box(lab, who)
    if not target.pids():
        raise LabError(f"{' '.join(who)} does not run now: `hack/lab status` shows what does")
    return target


def _kill(who: list[str], target: Target) -> None:
    killed = [found for pid in target.pids() if (found := process.look(pid))]
    for victim in killed:
        os.kill(victim.pid, signal.SIGKILL)
    wait_for(f"the end of {' '.join(who)}", lambda: not any(process.lives(v) for v in killed), 10, 0.02)


def _frozen_or_gone(pid: int) -> bool:
    found = process.look(pid)
    return found is None or found.stopped
