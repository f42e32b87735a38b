"""The file systems that everything in the lab starts from: the hosts' root and the image's base."""

import shutil
from pathlib import Path

from labkit.cache import built, digest
from labkit.shell import OWN_MOUNTS, run

SUITE = "trixie"
HOST_PACKAGES = (
    "libvirt-daemon-system", "libvirt-clients", "qemu-system-x86", "qemu-utils", "iproute2", "nftables",
    "iptables", "kmod", "procps", "etcd-server", "containerd", "runc", "containernetworking-plugins",
    "busybox-static", "glusterfs-server", "glusterfs-client", "runit", "gnutls-bin", "libfaketime",
)  # fmt: skip
FLAVORS = {
    "bookworm": ("libvirt-daemon-system", "libvirt-clients", "qemu-system-x86", "qemu-utils", "iproute2"),
}
"""Other Debians that a host's libvirt and QEMU may come from, by their suite."""
BASE_PACKAGES = ("python3", "python3-venv", "ca-certificates")
UNREAD = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info")
SOURCES = Path(__file__).parent / "src"
APT_SECONDS = 1200


def host_root() -> Path:
    """A Debian with libvirt, QEMU, containerd, GlusterFS and runit, and the lab's own init."""
    init = (SOURCES / "init.c").read_text()
    return built(f"root-{digest(SUITE, init, *HOST_PACKAGES)}", _build_host_root)


def flavor_root(suite: str) -> Path:
    """A Debian of `FLAVORS` with libvirt and QEMU alone: it lies under a host's own root."""
    packages = FLAVORS[suite]
    return built(f"flavor-{digest(suite, *packages)}", lambda place: _bootstrap(place, packages, suite=suite))


def image_base() -> Path:
    """Directory with `rootfs.tar`, a Debian with Python: the base of Godwit's image in the lab."""
    return built(f"image-base-{digest(SUITE, *BASE_PACKAGES)}", _build_image_base)


def pause() -> Path:
    """Directory with the static program that holds a pod's namespaces."""
    source = SOURCES / "pause.c"
    return built(f"pause-{digest(source.read_text())}", lambda place: _compile(source, place / "pause"))


def _build_host_root(place: Path) -> None:
    _bootstrap(place, HOST_PACKAGES)
    (place / "lab").mkdir()
    _compile(SOURCES / "init.c", place / "lab" / "init")


def _build_image_base(place: Path) -> None:
    root = place / "root"
    _bootstrap(root, BASE_PACKAGES)
    for directory in UNREAD:
        shutil.rmtree(root / directory)
    run("tar", "-C", root, "--exclude=./dev/*", "-cf", place / "rootfs.tar", ".")
    shutil.rmtree(root)


def _bootstrap(place: Path, packages: tuple[str, ...], *, suite: str = SUITE) -> None:
    run(*OWN_MOUNTS, "debootstrap", "--variant=minbase", suite, place, timeout_seconds=APT_SECONDS)
    policy = place / "usr" / "sbin" / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    run(
        *OWN_MOUNTS, "sh", "-ec",
        'mount -t proc proc "$0/proc"; export DEBIAN_FRONTEND=noninteractive; '
        'chroot "$0" apt-get update -qq; '
        'chroot "$0" apt-get install -y -qq --no-install-recommends "$@"; chroot "$0" apt-get clean',
        place, *packages,
        timeout_seconds=APT_SECONDS,
    )  # fmt: skip
    shutil.rmtree(place / "var" / "lib" / "apt" / "lists")


def _compile(source: Path, target: Path) -> None:
    run("gcc", "-O2", "-static", "-Wall", "-Werror", "-o", target, source)
