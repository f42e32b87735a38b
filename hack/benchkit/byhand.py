"""What a person would type at the source instead of applying a VMMigration."""

from labkit.box import inside
from labkit.guest.spec import Guest
from labkit.guest.whereabouts import VIRSH
from labkit.lab import Lab, Plane

_LONGEST_SECONDS = 300.0


def migrate(lab: Lab, guest: Guest, source: str, destination: str) -> None:
    """With the flags that do what Godwit does: the definition goes along and does not stay."""
    inside(lab, source, *_migration(lab, guest, destination), timeout_seconds=_LONGEST_SECONDS)


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
