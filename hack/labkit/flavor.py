"""A host whose libvirt and QEMU come from another Debian, which lies under the host's own root.

Only these two: kubelet, containerd and the store's mount stay the host's. The directories that they and
libvirt share are bound into the other root, so that its libvirtd is the host's for everybody. It is there for
facts and for refusals: QEMU 7.2 of bookworm corrupts guests that write while they move.
"""

from pathlib import Path

from labkit.lab import Lab
from labkit.roots import flavor_root
from labkit.shell import LabError

PLACE = "/lab/flavor"
"""Of the other root, in the host."""


def choose(lab: Lab, host: str, suite: str) -> None:
    """What a host that is about to be made is to be; it stays so until `down`."""
    if (lab.box_state(host) / "upper").exists() and of(lab, host) != suite:
        raise LabError(f"{host} is there already, of another flavor: `hack/lab down` first")
    _record(lab, host).parent.mkdir(parents=True, exist_ok=True)
    _record(lab, host).write_text(suite)


def of(lab: Lab, host: str) -> str:
    """The suite, or nothing for a host that is of one piece."""
    record = _record(lab, host)
    return record.read_text() if record.exists() else ""


def root(lab: Lab, host: str) -> Path | None:
    """The other root, built when it isn't there yet."""
    suite = of(lab, host)
    return flavor_root(suite) if suite else None


def libvirtd(lab: Lab, host: str) -> str:
    """The command that runs the host's libvirtd."""
    return f"chroot {PLACE} /usr/sbin/libvirtd --listen" if of(lab, host) else "/usr/sbin/libvirtd --listen"


def _record(lab: Lab, host: str) -> Path:
    return lab.box_state(host) / "flavor"
