"""What the lab asks of the machine that it runs on, and how it gets it."""

import ctypes
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labkit.shell import LabError, ensure_packages, run

PACKAGES = ("buildah", "debootstrap", "gcc", "iproute2", "libc6-dev", "openssl", "skopeo", "util-linux")
GO = (1, 26)
WATCHERS = 10
"""inotify instances that the daemons of a box open: a kubelet six, every other one or more."""
_LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")


def need_root() -> None:
    """`LabError` when somebody else asks."""
    if os.geteuid() != 0:
        raise LabError("the lab makes namespaces, mounts and bridges: run it as root")


def prepare() -> None:
    """cgroup v1 hierarchies must be here; Debian packages that are missing are installed."""
    if not Path("/sys/fs/cgroup/cpu").is_dir():
        raise LabError(
            "no cgroup v1 hierarchies in /sys/fs/cgroup: the lab's boxes need them; boot with them"
        )
    ensure_packages(PACKAGES)


def need_watchers(boxes: int) -> None:
    """`LabError` when the daemons of so many more boxes could not watch files: they would say nothing."""
    wanted = WATCHERS * boxes
    libc = ctypes.CDLL(None, use_errno=True)
    opened: list[int] = []
    try:
        while len(opened) < wanted and (descriptor := libc.inotify_init1(os.O_CLOEXEC)) >= 0:
            opened.append(descriptor)
    finally:
        for descriptor in opened:
            os.close(descriptor)
    if len(opened) < wanted:
        raise LabError(
            f"only {len(opened)} inotify instances are left here, and {boxes} boxes open {wanted}: end "
            "another lab by `hack/lab --name LAB down`, or raise fs.inotify.max_user_instances"
        )


@contextmanager
def more_watchers(boxes: int) -> Iterator[None]:
    """The machine allows so many boxes their inotify instances, besides all that it allows without them.

    A limit that somebody else has set meanwhile stays.
    """
    before = int(_LIMIT.read_text())
    ours = before + WATCHERS * boxes
    _LIMIT.write_text(f"{ours}\n")
    try:
        yield
    finally:
        if int(_LIMIT.read_text()) == ours:
            _LIMIT.write_text(f"{before}\n")


def need_go() -> None:
    """`LabError` unless a Go is here that builds Kubernetes."""
    if not shutil.which("go"):
        raise LabError(f"no go in the PATH: install Go {GO[0]}.{GO[1]} or later, from https://go.dev/dl/")
    found = re.search(r"go(\d+)\.(\d+)", run("go", "env", "GOVERSION"))
    if not found or (int(found[1]), int(found[2])) < GO:
        raise LabError(f"go is {found[0] if found else 'unknown'}: Kubernetes needs {GO[0]}.{GO[1]} or later")
