"""Network disks: images in the store, each with an NBD server of its own, which ends with its guest.

Two clients are let in at once, since in a migration the QEMUs of both hosts have the disk open.
"""

from labkit import box, store
from labkit.guest.spec import Guest
from labkit.guest.xml import nbd_port
from labkit.lab import Lab, Plane


def address(lab: Lab) -> str:
    """Where all of them listen; every host reaches it."""
    return lab.address(Plane.STORAGE, store.BOX)


def serve(lab: Lab, guest: Guest, number: int) -> None:
    """Make the image of that disk, and serve it."""
    image = guest.images()[number]
    box.inside(lab, store.BOX, "mkdir", "-p", str(image.parent))
    box.inside(lab, store.BOX, "truncate", "-s", str(guest.disks[number].size_bytes), str(image))
    box.inside(
        lab, store.BOX, "qemu-nbd", "--fork", "--persistent", "--shared=2", "--format=raw", "--discard=unmap",
        f"--bind={address(lab)}", f"--port={nbd_port(guest, number)}", f"--pid-file={image}.pid", str(image),
    )  # fmt: skip


def end(lab: Lab, guest: Guest) -> None:
    """All of the guest's servers, and their images; may be repeated."""
    for disk, image in zip(guest.disks, guest.images(), strict=True):
        if not disk.lies_on_hosts:
            script = 'if test -e "$0.pid"; then kill "$(cat "$0.pid")" || true; fi; rm -f "$0" "$0.pid"'
            box.inside(lab, store.BOX, "sh", "-c", script, str(image))
