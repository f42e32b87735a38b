"""The line that moves: the phase from the VMMigration, each second's figures from the agent's metrics."""

import json
import re
import sys
import time
import urllib.request
from dataclasses import dataclass
from typing import Any, TextIO

from labkit.kubernetes import kubectl_json
from labkit.lab import Lab, Plane
from labkit.shell import LabError

METRICS_PORT = 9180
EVERY_SECONDS = 0.5
LONGEST_SECONDS = 600.0
FINAL = ("Succeeded", "Failed", "Cancelled")
BAR = 30


@dataclass(frozen=True, slots=True)
class Figures:
    """What the source's agent shows of the job; bytes and bytes per second."""

    percent: float = 0.0
    remaining: float = 0.0
    rate: float = 0.0
    dirty_rate: float = 0.0

    @property
    def left(self) -> str:
        """Time left at this pace, for people."""
        gain = self.rate - self.dirty_rate
        return f"{self.remaining / gain:.0f} s left" if gain > 0 and self.remaining else ""


class Shown:
    """On a terminal the line moves; in a file there is one for each change.

    The agent's figures are new each second, and they are looked at more often.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._before = ""

    def now(self, text: str) -> None:
        """In the place of what was shown before."""
        if self._out.isatty():
            self._out.write(f"\r\033[K{text}")
        elif text != self._before:
            self._out.write(f"{text.rstrip()}\n")
        self._before = text
        self._out.flush()

    def last(self, text: str) -> None:
        """What stays."""
        self.now(text)
        if self._out.isatty():
            self._out.write("\n")
            self._out.flush()


def watch(lab: Lab, namespace: str, name: str, source: str) -> dict[str, Any]:
    """Show the line until the migration has ended; gives its status. `LabError` when it takes too long."""
    deadline = time.monotonic() + LONGEST_SECONDS
    best, shown = Figures(), Shown(sys.stdout)
    while time.monotonic() < deadline:
        status = kubectl_json(lab, "get", "vmm", name, "-n", namespace).get("status", {})
        phase = status.get("phase", "Pending")
        now = figures(_metrics(lab, source))
        best = now if now.percent >= best.percent else Figures(best.percent, now.remaining, now.rate)
        if phase in FINAL:
            shown.last(line(phase, Figures(100.0 if phase == "Succeeded" else best.percent)))
            return dict(status)
        if phase == "NeedsAttention":
            shown.last(line(phase, best))
            raise LabError(f"the migration needs attention: {json.dumps(status.get('conditions'))}")
        shown.now(line(phase, best))
        time.sleep(EVERY_SECONDS)
    raise LabError(f"the migration has not ended after {LONGEST_SECONDS:.0f} s")


def line(phase: str, seen: Figures) -> str:
    """`Migrating      [#####.....]  42 %   12.3 MiB/s   8 s left`."""
    filled = int(BAR * seen.percent / 100)
    bar = "#" * filled + "." * (BAR - filled)
    rate = f"{seen.rate / (1 << 20):6.1f} MiB/s" if seen.rate else ""
    return f"{phase:<14} [{bar}] {seen.percent:3.0f} %  {rate:>13}  {seen.left}"


def figures(metrics: str) -> Figures:
    """From an agent's exposition; zeros where it shows no job."""

    def value(name: str) -> float:
        found = re.search(rf"^vmmigration_{name}{{[^}}]*}} (\S+)$", metrics, re.M)
        return float(found[1]) if found else 0.0

    total, remaining = value("data_bytes"), value("data_remaining_bytes")
    return Figures(
        percent=100 * (total - remaining) / total if total else 0.0,
        remaining=remaining,
        rate=value("transfer_rate_bytes_per_second"),
        dirty_rate=value("dirty_rate_bytes_per_second"),
    )


def _metrics(lab: Lab, host: str) -> str:
    """Empty when the agent does not answer: then there is nothing to show, and nothing to stop for."""
    url = f"http://{lab.address(Plane.API, host)}:{METRICS_PORT}/metrics"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""
