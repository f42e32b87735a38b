"""What is built once: each thing a directory that appears whole or not at all.

Two labs that start at once build it once: a lock file beside it makes the second one wait.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from labkit.shell import say


def cache_directory() -> Path:
    """`GODWIT_CACHE`, or `~/.cache/godwit`."""
    directory = Path(os.environ.get("GODWIT_CACHE") or Path.home() / ".cache" / "godwit")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def digest(*inputs: str | bytes) -> str:
    """Twelve hex digits that change with any input."""
    whole = hashlib.sha256()
    for item in inputs:
        whole.update(item.encode() if isinstance(item, str) else item)
        whole.update(b"\0")
    return whole.hexdigest()[:12]


def built(name: str, build: Callable[[Path], None]) -> Path:
    """The cached directory `name`, made by `build(empty directory)` when it isn't there."""
    place = cache_directory() / name
    if place.exists():
        return place
    with (cache_directory() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.exists():
            return place
        for unfinished in cache_directory().glob(f"{name}.*/"):
            shutil.rmtree(unfinished)
        say(f"building {name}")
        began = time.monotonic()
        scratch = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=cache_directory()))
        try:
            build(scratch)
            scratch.chmod(0o755)
            scratch.rename(place)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        say(f"built {name} in {time.monotonic() - began:.0f} s")
    return place
