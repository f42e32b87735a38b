"""A box: one host of the lab, from power-on to power-off.

A box is an overlay over the hosts' root in its own network, mount, UTS, IPC, PID and cgroup namespaces. Its
PID 1 reaps and runs a supervisor over /lab/sv; killing PID 1 is a power-off: all of the box is gone at once.
Its disk (the overlay's upper directory and the plain directories bound over it) stays until `down`.
"""

import atexit
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import IO

from labkit import cgroups, flavor
from labkit.binaries import binaries
from labkit.lab import LOCAL, Lab
from labkit.network import connect, disconnect
from labkit.process import look
from labkit.roots import SOURCES, host_root
from labkit.shell import LabError, run, succeeds, wait_for

# overlayfs can't be the upper layer of another overlayfs, and logs are read while the box is off.
PLAIN_DIRECTORIES = (
    "var/lib/containerd", "var/lib/kubelet", "var/log", "var/lib/etcd-lab", "var/lib/glusterd",
    "var/lib/brick", "var/lib/godwit",
)  # fmt: skip


def write_file(lab: Lab, box: str, path: str, text: str, *, executable: bool = False) -> bool:
    """Put a file on the box's disk, running or not; tells whether it changed."""
    pid = init_pid(lab, box)
    top = Path(f"/proc/{pid}/root") if pid else lab.box_state(box) / "upper"
    target = top / path.lstrip("/")
    if target.exists() and target.read_text() == text:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    target.chmod(0o755 if executable else 0o644)
    return True


_starters: list[subprocess.Popen[bytes]] = []
"""Of the boxes that this process has booted: they live as long as these, and are not waited for."""


@atexit.register
def _leave_them() -> None:
    """That they outlive this process is no mistake of its."""
    for starter in _starters:
        starter.returncode = 0


def make(lab: Lab, box: str) -> None:
    """The box's disk, empty."""
    state = lab.box_state(box)
    plain = (f"plain/{directory}" for directory in PLAIN_DIRECTORIES)
    for directory in ("upper", "work", "root", "flavor-upper", "flavor-work", *plain):
        (state / directory).mkdir(parents=True, exist_ok=True)
    write_file(lab, box, "/lab/stage2", (SOURCES / "stage2.sh").read_text())


def boot(lab: Lab, box: str) -> None:
    """Power on; nothing when it already runs. Its services are being started when this returns."""
    if init_pid(lab, box):
        return
    state = lab.box_state(box)
    go = state / "go"
    go.unlink(missing_ok=True)
    os.mkfifo(go)
    cgroups.make(lab, box)
    disconnect(lab, box)
    starter = _unshare(lab, box)
    _starters[:] = [*(each for each in _starters if each.poll() is None), starter]

    def died() -> bool:
        if starter.poll() is None:
            return False
        raise LabError(f"{box} did not boot: {(state / 'boot.log').read_text().strip()[-1000:]}")

    children = Path(f"/proc/{starter.pid}/task/{starter.pid}/children")
    wait_for(f"{box}'s first process", lambda: not died() and bool(children.read_text().split()), 10, 0.01)
    pid = int(children.read_text().split()[0])
    if init := look(pid):
        (state / "init.json").write_text(json.dumps({"pid": pid, "started": init.started}))
    connect(lab, box, pid)
    with go.open("w") as gate:
        gate.write("\n")
    wait_for(f"{box}'s supervisor", lambda: not died() and _supervised(Path(f"/proc/{pid}/root")), 10, 0.02)


def _supervised(root: Path) -> bool:
    """The box is on its own root, and its supervisor has met every service."""
    return (root / "lab/sv").is_dir() and all(
        (root / "run/sv" / service.name / "supervise/ok").exists() for service in (root / "lab/sv").iterdir()
    )


def _unshare(lab: Lab, box: str) -> subprocess.Popen[bytes]:
    """The process whose only child is the box's PID 1; it ends with it."""
    state = lab.box_state(box)
    enter_cgroups = "".join(f'echo $$ > "{place}/cgroup.procs"; ' for place in cgroups.places(lab, box))
    unshare = "exec unshare --net --mount --uts --ipc --pid --fork --propagation private"
    with (state / "boot.log").open("w") as log:
        return subprocess.Popen(
            ["sh", "-c", f'{enter_cgroups}{unshare} sh -c "$STAGE_1"'],
            env={
                "PATH": os.environ["PATH"],
                "STAGE_1": (SOURCES / "stage1.sh").read_text(),
                "STATE": str(state),
                "BOX": box,
                "ROOT": str(host_root()),
                "FLAVOR": str(flavor.root(lab, box) or ""),
                "BIN": str(binaries()),
                "PLAIN": " ".join(PLAIN_DIRECTORIES),
                "LOCAL": str(LOCAL),
            },
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def power_off(lab: Lab, box: str) -> None:
    """SIGKILL to PID 1: no process of the box survives it."""
    pid = init_pid(lab, box)
    if not pid:
        return
    os.kill(pid, signal.SIGKILL)
    wait_for(f"the end of {box}", lambda: init_pid(lab, box) is None, 20, 0.02)
    (lab.box_state(box) / "init.json").unlink()


def remove(lab: Lab, box: str) -> None:
    """Power off and forget the disk and the cgroups."""
    power_off(lab, box)
    cgroups.remove(lab, box)
    shutil.rmtree(lab.box_state(box))


def init_pid(lab: Lab, box: str) -> int | None:
    """The box's PID 1 as the machine numbers it; None when the box is off."""
    record = lab.box_state(box) / "init.json"
    if not record.exists():
        return None
    known = json.loads(record.read_text())
    init = look(int(known["pid"]))
    return init.pid if init and init.started == int(known["started"]) else None


def booted_at(lab: Lab, box: str) -> float:
    """When the running box was powered on, in seconds since the epoch."""
    running(lab, box)
    return (lab.box_state(box) / "init.json").stat().st_mtime


def running(lab: Lab, box: str) -> int:
    """As `init_pid`, with an error that says how to mend it."""
    if not lab.box_state(box).exists():
        raise LabError(f"lab {lab.name!r} has no {box}: `hack/lab up` makes it (--hosts N)")
    pid = init_pid(lab, box)
    if pid is None:
        raise LabError(f"{box} is powered off: `hack/lab boot {box}` powers it on")
    return pid


def enter(lab: Lab, box: str, *argv: str) -> list[str]:
    """The command that runs `argv` inside the box."""
    namespaces = ("-m", "-u", "-i", "-n", "-p", "-C")
    return ["nsenter", "-t", str(running(lab, box)), *namespaces, "-r", "-w", "--", *argv]


def inside(
    lab: Lab, box: str, *argv: str, stdin: str | IO[bytes] | None = None, timeout_seconds: float = 120
) -> str:
    """Run in the box and give stdout."""
    return run(*enter(lab, box, *argv), stdin=stdin, timeout_seconds=timeout_seconds)


def ok_inside(lab: Lab, box: str, *argv: str) -> bool:
    """Whether the command ends with 0 in the box."""
    return succeeds(*enter(lab, box, *argv))
