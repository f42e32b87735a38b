"""What a person would type at the source instead of applying a VMMigration."""

from labkit.box import inside
from labkit.guest import images
from labkit.guest.spec import Guest
from labkit.guest.whereabouts import VIRSH
from labkit.lab import Lab, Plane

_LONGEST_SECONDS = 300.0


def migrate(lab: Lab, guest: Guest, source: str, destination: str) -> None:
    """With the flags that do what Godwit does: the definition goes along and does not stay."""
    inside(lab, source, *_migration(lab, guest, destination), timeout_seconds=_LONGEST_SECONDS)


def migrate_and_copy(lab: Lab, guest: Guest, source: str, destination: str) -> None:
    """Onto images that were made beforehand, as `make_images` does."""
    command = _migration(lab, guest, destination, "--copy-storage-all")
    inside(lab, source, *command, timeout_seconds=_LONGEST_SECONDS)


def make_images(lab: Lab, guest: Guest, destination: str) -> None:
    """Empty ones of the same format and size, where the guest's own only lie at the source."""
    for disk, path in zip(guest.disks, guest.images(), strict=True):
        if path in guest.leaving():
            images.create(lab, destination, path, disk.format, disk.size_bytes)


def remove_images(lab: Lab, guest: Guest, host: str) -> None:
    """Those that a migration has left where the guest is no more."""
    if leaving := guest.leaving():
        inside(lab, host, "rm", "-f", *map(str, leaving))


def migrate_and_resume(lab: Lab, guest: Guest, source: str, destination: str) -> None:
    """The guest arrives paused, and is let go on at once, by a shell that needs no person's fingers."""
    migration = " ".join(_migration(lab, guest, destination, "--suspend"))
    resume = " ".join(("virsh", "-q", "-c", _uri(lab, destination), "resume", guest.uuid))
    command = ("sh", "-c", f"{migration} && {resume}")
    inside(lab, source, *command, timeout_seconds=_LONGEST_SECONDS)


def _migration(lab: Lab, guest: Guest, destination: str, *flags: str) -> tuple[str, ...]:
    address = lab.address(Plane.DATA, destination)
    usual = ("--live", "--p2p", "--tls", "--persistent", "--undefinesource")
    return (
        *VIRSH, "migrate", *usual, *flags, guest.uuid, _uri(lab, destination), f"tcp://{address}",
    )  # fmt: skip


def _uri(lab: Lab, destination: str) -> str:
    return f"qemu+tls://{lab.address(Plane.DATA, destination)}/system"
