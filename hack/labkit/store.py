"""GlusterFS in a box of its own: no node, so that no host's end takes every guest's disk away."""

from functools import partial

from labkit.box import boot, inside, make, ok_inside, write_file
from labkit.lab import Lab, Plane
from labkit.shell import wait_for
from labkit.supervisor import write_service

BOX = "store"
VOLUMES = ("shared",)


def start(lab: Lab) -> None:
    """Power the box on, with its supervisor."""
    make(lab, BOX)
    write_file(lab, BOX, "/etc/hosts", f"127.0.0.1 localhost\n{lab.address(Plane.STORAGE, BOX)} store\n")
    write_service(
        lab, BOX, "glusterd", "/usr/sbin/glusterd --no-daemon --log-file=/var/log/lab/glusterd-own.log",
        before="mkdir -p /var/run/gluster /var/log/glusterfs",
    )  # fmt: skip
    boot(lab, BOX)


def wait(lab: Lab) -> None:
    """The volumes are there and served when it returns."""
    wait_for("glusterd", lambda: ok_inside(lab, BOX, "gluster", "volume", "list"), 30)
    for volume in VOLUMES:
        if not ok_inside(lab, BOX, "gluster", "volume", "info", volume):
            brick = f"/var/lib/brick/{volume}"
            inside(lab, BOX, "mkdir", "-p", brick)
            _gluster(lab, "create", volume, f"{lab.address(Plane.STORAGE, BOX)}:{brick}", "force")
            _gluster(lab, "set", volume, "network.ping-timeout", "5")
        if not served(lab, volume):
            _gluster(lab, "start", volume, "force")
            wait_for(f"GlusterFS volume {volume}", partial(served, lab, volume), 30)


def served(lab: Lab, volume: str) -> bool:
    """The volume's brick runs and has a port."""
    column = "gluster volume status {} detail | grep -q '^Online *: Y'"
    return ok_inside(lab, BOX, "timeout", "10", "sh", "-c", column.format(volume))


def _gluster(lab: Lab, *words: str) -> None:
    inside(lab, BOX, "gluster", "--mode=script", "volume", *words)
