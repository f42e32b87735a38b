"""Debian's cloud kernel, taken out of its package; nothing of it is installed on the machine."""

import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.roots import SUITE, host_root
from labkit.shell import LabError, run

META_PACKAGE = "linux-image-cloud-amd64"


@dataclass(frozen=True, slots=True)
class Kernel:
    """An unpacked package: the bootable image, and where its modules lie."""

    image: Path
    modules: Path

    def module(self, name: str) -> bytes | None:
        """A module's bytes, uncompressed; None when it is built into the kernel."""
        for path in self.modules.rglob("*.ko*"):
            if path.name.split(".")[0].replace("-", "_") == name:
                return lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
        return None


def fetch_kernel(scratch: Path) -> Kernel:
    """Download and unpack into `scratch`, from where the hosts' root came, whatever the machine's suite."""
    apt = _own_apt(scratch)
    run("apt-get", *apt, "-qq", "update")
    named = re.search(r"Depends: (linux-image-\S+)", run("apt-cache", *apt, "depends", META_PACKAGE))
    if not named:
        raise LabError(f"Debian {SUITE}'s {META_PACKAGE} names no kernel: look at `apt-cache depends` of it")
    run("apt-get", *apt, "-qq", "download", named[1], cwd=scratch)
    package = _only(scratch.glob("linux-image-*.deb"), named[1])
    run("dpkg-deb", "-x", package, scratch / "unpacked")
    image = _only((scratch / "unpacked" / "boot").glob("vmlinuz-*"), f"vmlinuz in {package.name}")
    modules = _only(scratch.glob("unpacked/**/lib/modules/*"), f"modules in {package.name}")
    return Kernel(image, modules)


def _own_apt(scratch: Path) -> list[str]:
    for directory in ("lists/partial", "archives/partial"):
        (scratch / directory).mkdir(parents=True)
    apt = host_root() / "etc" / "apt"
    (scratch / "status").touch()
    settings: dict[str, str | Path] = {
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::trustedparts": apt / "trusted.gpg.d",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": scratch / "lists",
        "Dir::State::status": scratch / "status",
        "Dir::Cache": scratch,
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def _only(found: Iterator[Path], what: str) -> Path:
    paths = list(found)
    if len(paths) != 1:
        raise LabError(f"{what}: there should be one, there are {len(paths)}")
    return paths[0]
