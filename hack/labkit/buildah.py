"""Images are built by buildah in a store of the cache, whose layers make the next build quick."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labkit.cache import cache_directory
from labkit.shell import OWN_MOUNTS, LabError, run, succeeds

BUILD_SECONDS = 1800
CERTIFICATES = "/etc/ssl/certs"


@contextmanager
def alone() -> Iterator[None]:
    """One build at a time: two would make the same layers twice. A killed one left notes of mounts: away."""
    with (cache_directory() / "buildah.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(_run_directory(), ignore_errors=True)
        yield


def build(context: Path, containerfile: Path, *arguments: str) -> str:
    """Build, and give the image's id (64 hex digits): it changes with what is inside, and only then."""
    answer = cache_directory() / f"buildah-{os.getpid()}.id"
    try:
        run(
            *_buildah(), "build", "--isolation", "chroot", "--layers", "--quiet", "--iidfile", answer,
            # So that package managers inside trust what this machine trusts.
            "--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro",
            *arguments, "--file", containerfile, context,
            timeout_seconds=BUILD_SECONDS,
        )  # fmt: skip
        return answer.read_text().strip().removeprefix("sha256:")
    finally:
        answer.unlink(missing_ok=True)


def exists(image: str) -> bool:
    """Whether the store has it."""
    return succeeds(*_buildah(), "inspect", "--type", "image", image)


def lay_out(image: str, layout: Path) -> str:
    """Put the image into an OCI layout, but the layers that it has, and give its manifest's digest."""
    source = f"containers-storage:[overlay@{_store()}+{_run_directory()}]{image}"
    run(
        *OWN_MOUNTS, "skopeo", "--insecure-policy", "copy", "--quiet",
        "--dest-oci-accept-uncompressed-layers", source, f"oci:{layout}:{image}",
    )  # fmt: skip
    for entry in json.loads((layout / "index.json").read_text())["manifests"]:
        if entry.get("annotations", {}).get("org.opencontainers.image.ref.name") == image:
            return str(entry["digest"])
    raise LabError(f"skopeo wrote {layout}/index.json without {image}: remove the directory, then try again")


def _buildah() -> tuple[str | Path, ...]:
    store = ("--storage-driver", "overlay", "--root", _store(), "--runroot", _run_directory())
    return (*OWN_MOUNTS, "buildah", *store)


def _store() -> Path:
    return cache_directory() / "buildah" / "store"


def _run_directory() -> Path:
    return cache_directory() / "buildah" / "run"
