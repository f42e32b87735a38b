"""The independent checker: what became of a guest, read from libvirt, QEMU and the guest itself.

Use: `before = snapshot(lab, name)`; let things happen; once the migration is closed,
`findings(lab, before, Ended(phase, destination))`. Godwit's word has to fit what is seen, and counts no more.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from faultkit.ends import Before, Ended
from faultkit.judge import judge
from faultkit.scene import look
from labkit import box
from labkit.guest import observer, state
from labkit.guest.check import LONGEST_SILENCE_MS, check
from labkit.guest.spec import Guest
from labkit.guest.whereabouts import VIRSH
from labkit.lab import Lab
from labkit.shell import LabError, wait_for

_ANSWERS_SECONDS = 10.0


def snapshot(lab: Lab, name: str) -> Before:
    """Of a guest at rest; `LabError` unless it is on exactly one host."""
    guest = state.load(lab, name)
    scene = look(lab, guest)
    active = [host for host, copy in scene.copies.items() if copy.active]
    if len(active) != 1 or len(scene.copies) != 1:
        seen = ", ".join(f"{copy.state} on {host}" for host, copy in scene.copies.items()) or "nowhere"
        raise LabError(f"{name} is not at rest on one host: {seen}")
    observer.observe(lab, name, reset=True)
    [host] = active
    copy = scene.copies[host]
    return Before(
        name,
        host,
        paused=copy.state == "paused",
        copy=copy,
        scene=scene,
        disks=tuple(map(str, guest.images())),
        leaving=tuple(map(str, guest.leaving())),
    )


def findings(lab: Lab, before: Before, ended: Ended) -> list[str]:
    """Every broken promise in words; none when all is well. Two to three seconds.

    A paused guest is resumed for as long as it is asked about its memory and disks.
    """
    guest = state.load(lab, before.name)
    try:
        scene = look(lab, guest)
    except LabError as error:
        return [str(error)]
    found = judge(before, ended, scene)
    active = [host for host, copy in scene.copies.items() if copy.active]
    if len(active) != 1:
        return found
    try:
        with _running(lab, active[0], before.name, paused=scene.copies[active[0]].state == "paused"):
            return found + _inside(lab, active[0], guest, ended)
    except LabError as error:
        return [*found, str(error)]


def _inside(lab: Lab, host: str, guest: Guest, ended: Ended) -> list[str]:
    """What the guest finds in itself, without what the faults explain."""
    verdict = check(lab, guest.name)
    if ended.may_be_anew and verdict.same_boot is False:
        return [] if verdict.answers else verdict.findings
    if not ended.store_was_away:
        return verdict.findings
    explained = ["writes failed"]
    if _lost_its_disks(lab, host, guest):
        explained.append("records are not what was written")
    return [found for found in verdict.findings if not any(words in found for words in explained)]


def _lost_its_disks(lab: Lab, host: str, guest: Guest) -> bool:
    """QEMU gave its images away while the store died, and could not open them again: they are sound.

    It goes on without them until it is stopped and started; neither libvirt nor Godwit is told.
    """
    log = box.inside(lab, host, "tail", "-n", "20", f"/var/log/libvirt/qemu/{guest.name}.log")
    if "Could not reopen" not in log:
        return False
    return all(box.ok_inside(lab, host, "qemu-img", "check", "-U", str(path)) for path in guest.images())


@contextmanager
def _running(lab: Lab, host: str, name: str, *, paused: bool) -> Iterator[None]:
    if not paused:
        yield
        return
    box.inside(lab, host, *VIRSH, "resume", name)
    try:
        wait_for(f"{name}'s echo", lambda: _echoes(lab, name), _ANSWERS_SECONDS)
        yield
    finally:
        box.inside(lab, host, *VIRSH, "suspend", name)


def _echoes(lab: Lab, name: str) -> bool:
    return observer.observe(lab, name).udp.silent_ms < LONGEST_SILENCE_MS / 2
