"""What guests are made of, built once: a kernel, an initramfs with one static program, and the prober."""

import shutil
import tempfile
from pathlib import Path

from labkit import box
from labkit.cache import built, digest
from labkit.guest.archive import directory, file, newc
from labkit.guest.kernel import META_PACKAGE, Kernel, fetch_kernel
from labkit.guest.modules import WANTED, load_order
from labkit.lab import Lab
from labkit.roots import SUITE
from labkit.shell import LabError, ensure_packages, run

SOURCES = Path(__file__).parent / "src"
GUEST_SOURCES = sorted((SOURCES / "guest").glob("*.[ch]"))
PROBER_SOURCE = SOURCES / "prober.c"
COMPILER = ("gcc", "-O2", "-static", "-pthread", "-Wall", "-Wextra", "-Werror")


def ensure_artifacts() -> Path:
    """The cached directory that holds `kernel`, `initrd` and `prober`."""
    sources = [path.read_text() for path in (*GUEST_SOURCES, PROBER_SOURCE)]
    return built(f"guest-{digest(*sources, *COMPILER, *WANTED, SUITE, META_PACKAGE)}", _build)


def install(lab: Lab, host: str) -> str:
    """Bring kernel and initramfs to a host, running or not; gives the directory as the host sees it.

    Every host has them at the same path, which the domain's definition names. Safe to repeat, and at once.
    """
    artifacts = ensure_artifacts()
    seen_inside = f"/lab/guest/{artifacts.name}"
    pid = box.init_pid(lab, host)
    top = Path(f"/proc/{pid}/root") if pid else lab.box_state(host) / "upper"
    target = top / seen_inside.lstrip("/")
    if target.exists():
        return seen_inside
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=target.parent))
    for name in ("kernel", "initrd"):
        shutil.copyfile(artifacts / name, scratch / name)
    try:
        scratch.rename(target)
    except OSError:
        shutil.rmtree(scratch)
        if not target.exists():
            raise
    return seen_inside


def _build(place: Path) -> None:
    ensure_packages(["gcc", "libc6-dev"])
    run(*COMPILER, "-o", place / "prober", PROBER_SOURCE)
    run(*COMPILER, "-s", "-o", place / "init", *[path for path in GUEST_SOURCES if path.suffix == ".c"])
    with tempfile.TemporaryDirectory(dir=place) as scratch:
        kernel = fetch_kernel(Path(scratch))
        shutil.copyfile(kernel.image, place / "kernel")
        (place / "initrd").write_bytes(_initramfs((place / "init").read_bytes(), kernel))


def _initramfs(init: bytes, kernel: Kernel) -> bytes:
    order = load_order(WANTED, kernel.module)
    if not order:
        raise LabError(f"{kernel.modules} holds none of {' '.join(WANTED)}: a guest could not boot")
    entries = [directory("modules"), file("init", init, 0o755)]
    entries.extend(file(f"modules/{name}.ko", kernel.module(name) or b"", 0o644) for name in order)
    entries.append(file("modules/order", "".join(f"{name}.ko\n" for name in order).encode(), 0o644))
    return newc(entries)
