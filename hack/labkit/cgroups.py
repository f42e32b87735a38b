"""A box's cgroups: a directory of its own in each of the machine's (v1) hierarchies."""

import os
from functools import partial
from pathlib import Path

from labkit.lab import Lab
from labkit.shell import wait_for

TOP = Path("/sys/fs/cgroup")
CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd")


def places(lab: Lab, box: str) -> list[Path]:
    """The box's directory in each hierarchy that the machine has."""
    return [
        TOP / name / f"godwit-lab-{lab.name}" / box for name in CONTROLLERS if (TOP / name).is_dir()
    ]  # fmt: skip


def make(lab: Lab, box: str) -> None:
    """Make them; a cpuset takes no process before it has CPUs and memory nodes."""
    for place in places(lab, box):
        for level in (place.parent, place):
            level.mkdir(exist_ok=True)
            for name in ("cpuset.cpus", "cpuset.mems"):
                if (level / name).exists() and not (level / name).read_text().strip():
                    (level / name).write_text((level.parent / name).read_text())


def processes(lab: Lab, box: str) -> list[int]:
    """Every process of the box, its containers' too, as the machine numbers them."""
    top = TOP / "pids" / f"godwit-lab-{lab.name}" / box
    return [
        int(pid)
        for directory, _, _ in os.walk(top)
        for pid in _read(Path(directory, "cgroup.procs")).split()
    ]  # fmt: skip


def remove(lab: Lab, box: str) -> None:
    """Remove a box's cgroups once its processes are gone."""
    for place in places(lab, box):
        _remove(place)


def remove_all(lab: Lab) -> None:
    """Remove what is left of the lab in the machine's hierarchies."""
    for name in CONTROLLERS:
        _remove(TOP / name / f"godwit-lab-{lab.name}")


def _remove(place: Path) -> None:
    for directory, _, _ in os.walk(place, topdown=False):
        wait_for(f"{directory} to be empty", partial(_empty, Path(directory)), 10)
        Path(directory).rmdir()


def _empty(place: Path) -> bool:
    return not _read(place / "tasks")


def _read(path: Path) -> str:
    """A cgroup may end while it is looked at."""
    try:
        return path.read_text()
    except OSError:
        return ""
