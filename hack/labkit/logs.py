"""Logs of whatever runs in the lab, read from the boxes' disks: also of what is down."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

from labkit.containers import NAMESPACE
from labkit.lab import Lab
from labkit.shell import LabError
from labkit.targets import Pod, Store, locate

FOLLOW_SECONDS = 0.3
CRI_PREFIX = re.compile(r"\S+ (?:stdout|stderr) (?P<whole>[FP]) (?P<text>.*\n?)")


def show(lab: Lab, who: list[str], *, follow: bool) -> None:
    """Print all that WHO logged, oldest first, its former containers too; `follow`: until interrupted."""
    target = locate(lab, who)
    top = lab.logs(target.box)
    match target:
        case Pod(name=name):
            pattern = f"pods/{NAMESPACE}_*/{name}/*.log"
        case Store():
            pattern = "lab/glusterd*.log"
        case _:
            pattern = f"lab/{who[0]}.log"
    if not follow and not any(top.glob(pattern)):
        raise LabError(f"{' '.join(who)} has logged nothing yet")
    try:
        for line in _lines(top, pattern, follow=follow):
            print(of_container(line) if isinstance(target, Pod) else line, end="", flush=follow)
    except KeyboardInterrupt:
        return


def of_container(line: str) -> str:
    """What the container wrote; the runtime puts time and stream before it, and splits long lines (`P`)."""
    found = CRI_PREFIX.fullmatch(line)
    if not found:
        return line
    return found["text"] if found["whole"] == "F" else found["text"].removesuffix("\n")


def _lines(top: Path, pattern: str, *, follow: bool) -> Iterator[str]:
    """Lines of all files, those that appear later included."""
    seen: dict[Path, int] = {}
    while True:
        for path in sorted(top.glob(pattern), key=lambda path: path.stat().st_mtime):
            with path.open(errors="replace") as file:
                file.seek(seen.get(path, 0))
                while (line := file.readline()).endswith("\n"):
                    seen[path] = file.tell()
                    yield line
        if not follow:
            return
        time.sleep(FOLLOW_SECONDS)
