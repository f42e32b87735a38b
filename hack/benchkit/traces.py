"""What libvirt itself tells of a migration, with the times of its own events: `virsh event` in every host.

All hosts of a lab are one machine, so their clocks are one, and ours.
"""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Thread

from labkit.box import enter
from labkit.lab import Lab, hosts

# Without stdbuf virsh would keep what it has to say until it is a page.
_LISTEN = ("stdbuf", "-oL", "virsh", "-q", "-c", "qemu:///system", "event", "--all", "--loop", "--timestamp")
_LINE = re.compile(r"^(\S+ \S+): event '([^']+)' for domain '([^']+)'(?:: (.*))?$")
_END_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Trace:
    """One event; `at` in seconds of the epoch, as virsh stamped it."""

    at: float
    host: str
    kind: str
    guest: str
    detail: str


class Traces:
    """All that was heard so far; read by one thread while others write."""

    def __init__(self) -> None:
        self._heard: list[Trace] = []

    def add(self, trace: Trace) -> None:
        """Something was heard."""
        self._heard.append(trace)

    def between(self, guest: str, since: float, until: float) -> list[Trace]:
        """Of one guest, in the order of time."""
        heard = [each for each in tuple(self._heard) if each.guest == guest and since <= each.at <= until]
        return sorted(heard, key=lambda each: each.at)


def parse(line: str, host: str) -> Trace | None:
    """One line of `virsh event --timestamp`; None for anything else."""
    found = _LINE.match(line.strip())
    if not found:
        return None
    at, kind, guest, detail = found.groups(default="")
    return Trace(datetime.fromisoformat(at).timestamp(), host, kind, guest, detail)


def first_round(heard: list[Trace], source: str) -> float | None:
    """The source's QEMU begins to go through the guest's memory."""
    first = (each.at for each in heard if each.host == source and each.kind == "migration-iteration")
    return next(first, None)


def running(heard: list[Trace], destination: str) -> float | None:
    """The destination's guest goes on."""
    resumed = (
        each.at
        for each in heard
        if each.host == destination and each.kind == "lifecycle" and each.detail.startswith("Resumed")
    )
    return next(resumed, None)


def switchover_seconds(heard: list[Trace], source: str, destination: str) -> float | None:
    """From the source's guest that is stopped to the destination's that goes on."""
    stopped = (
        each.at
        for each in heard
        if each.host == source and each.kind == "lifecycle" and each.detail == "Suspended Migrated"
    )
    before, after = next(stopped, None), running(heard, destination)
    return None if before is None or after is None else after - before


@contextmanager
def listening(lab: Lab) -> Iterator[Traces]:
    """Every host is listened to until the end of the block."""
    traces = Traces()
    ears = [(host, _listen(lab, host)) for host in hosts(lab)]
    readers = [Thread(target=_read, args=(ear, host, traces), daemon=True) for host, ear in ears]
    try:
        for reader in readers:
            reader.start()
        yield traces
    finally:
        for _, ear in ears:
            _end(ear)
        for reader in readers:
            reader.join(_END_SECONDS)


def _listen(lab: Lab, host: str) -> "subprocess.Popen[str]":
    """In a session of its own, so that nsenter and what it started end together."""
    return subprocess.Popen(
        enter(lab, host, *_LISTEN), text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _read(ear: "subprocess.Popen[str]", host: str, traces: Traces) -> None:
    if ear.stdout is None:
        return
    with ear.stdout as lines:
        for line in lines:
            if trace := parse(line, host):
                traces.add(trace)


def _end(ear: "subprocess.Popen[str]") -> None:
    if ear.poll() is None:
        os.killpg(ear.pid, signal.SIGKILL)
    ear.wait(_END_SECONDS)
