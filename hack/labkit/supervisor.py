"""A box's services under runit: started at boot, and again whenever they end, unless told to stay down."""

import re
from dataclasses import dataclass
from pathlib import Path

from labkit import cgroups
from labkit.box import init_pid, inside, running, write_file
from labkit.lab import Lab
from labkit.shell import wait_for


@dataclass(frozen=True, slots=True)
class Service:
    """What the supervisor says: `state` is run, down or finish; `pid` is the machine's."""

    state: str
    stays_down: bool
    pid: int | None


def write_service(lab: Lab, box: str, name: str, command: str, *, before: str = "") -> None:
    """Put a service on the box's disk; in a running box it starts, or starts again when it has changed."""
    script = f"#!/bin/sh\nexec >> /var/log/lab/{name}.log 2>&1\n{before}\nexec {command}\n"
    write_file(lab, box, f"/lab/sv/{name}/run", script, executable=True)
    if not init_pid(lab, box):
        return
    if write_file(lab, box, f"/run/sv/{name}/run", script, executable=True) and name in services(lab, box):
        tell(lab, box, name, "kill")


def services(lab: Lab, box: str) -> dict[str, Service]:
    """Each service of a running box that the supervisor has met."""
    top = Path(f"/proc/{running(lab, box)}/root/run/sv")
    found: dict[str, Service] = {}
    for stat in sorted(top.glob("*/supervise/stat")):
        state, *more = stat.read_text().strip().split(", ")
        inner = (stat.parent / "pid").read_text().strip()
        held = "want down" in more or (state == "down" and "want up" not in more)
        found[stat.parts[-3]] = Service(state, held, outer_pid(lab, box, int(inner)) if inner else None)
    return found


def tell(lab: Lab, box: str, name: str, word: str) -> None:
    """A word of runit's `sv`: up, once, kill."""
    inside(lab, box, "sv", word, f"/run/sv/{name}")


def hold(lab: Lab, box: str, name: str) -> None:
    """The service's end will be its last one, until `release`."""
    if services(lab, box)[name].stays_down:
        return
    tell(lab, box, name, "once")
    wait_for(f"{box}'s supervisor to let {name} go", lambda: services(lab, box)[name].stays_down, 10, 0.02)


def release(lab: Lab, box: str, name: str) -> None:
    """Start it, and again whenever it ends."""
    tell(lab, box, name, "up")


def outer_pid(lab: Lab, box: str, inner: int) -> int | None:
    """The machine's number of a process that the box numbers `inner`."""
    for pid in cgroups.processes(lab, box):
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        numbers = re.search(r"^NSpid:\s+(.*)$", status, re.M)
        if numbers and numbers[1].split()[1:2] == [str(inner)]:
            return pid
    return None
