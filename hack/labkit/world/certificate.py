"""What a host shows of itself by TLS, wrong in one way; libvirtd starts anew, and its guests go on."""

from enum import StrEnum

from labkit import certificates
from labkit.box import write_file
from labkit.certificates import authority, host_pair
from labkit.lab import Lab, host_number
from labkit.libvirt import credentials, restart


class Whose(StrEnum):
    """Which of the two programs shows it."""

    LIBVIRT = "libvirt"
    QEMU = "qemu"


class Wrong(StrEnum):
    """How it is wrong."""

    EXPIRED = "expired"
    ENDS_TODAY = "ends-today"
    OTHER_NAME = "other-name"
    STRANGER = "stranger"
    """Of another authority, which the host takes for the right one."""


def give(lab: Lab, host: str, wrong: Wrong, whose: Whose) -> None:
    """From now on the host shows this one; only one thing of a host is wrong at a time."""
    host_number(host)
    place, names = authority(lab), certificates.host_names(lab, host)
    if wrong is Wrong.STRANGER:
        place = certificates.make_authority(lab.state / "stranger", "stranger")
    if wrong is Wrong.OTHER_NAME:
        names = ("DNS:somebody-else",)
    days = {Wrong.EXPIRED: "-1", Wrong.ENDS_TODAY: "1"}.get(wrong, certificates.DAYS)
    name = f"{host}-{wrong}"
    (place / f"{name}.crt").unlink(missing_ok=True)
    shown = certificates.sign(place, name, f"/CN={host}", names, days)
    _show(lab, host, credentials(place / "ca.crt", *shown, libvirt=whose is Whose.LIBVIRT))


def take_back(lab: Lab, host: str) -> None:
    """The lab's own, for both."""
    root, shown = authority(lab) / "ca.crt", host_pair(lab, host)
    _show(lab, host, credentials(root, *shown, libvirt=True) | credentials(root, *shown, libvirt=False))


def _show(lab: Lab, host: str, files: dict[str, str]) -> None:
    written = [write_file(lab, host, path, text) for path, text in files.items()]
    if any(written):
        restart(lab, host)
