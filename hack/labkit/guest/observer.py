"""The client outside: one prober process per guest, which outlives the command that started it."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.guest.artifacts import ensure_artifacts
from labkit.guest.spec import Guest
from labkit.guest.state import address, directory
from labkit.lab import Lab
from labkit.shell import LabError, run, wait_for


@dataclass(frozen=True, slots=True)
class Echo:
    """What was seen by one protocol. A silence that still lasts counts as a gap."""

    longest_gap_ms: float
    longest_gap_ended_at: float
    silent_ms: float
    answers: int
    lost_connections: int


@dataclass(frozen=True, slots=True)
class Observation:
    """Since `since` (seconds of the epoch); `own_lateness_ms` is how late the prober itself ever was."""

    since: float
    own_lateness_ms: float
    udp: Echo
    tcp: Echo


def start(lab: Lab, guest: Guest) -> None:
    """Let a client watch the guest; what it saw before both its connections were answered is forgotten."""
    pace = str(guest.probe_milliseconds)
    run(ensure_artifacts() / "prober", address(lab, guest), pace, _socket(lab, guest.name))

    def answered() -> bool:
        seen = observe(lab, guest.name)
        return bool(seen.udp.answers and seen.tcp.answers)

    wait_for(f"echoes of {guest.name}", answered, 10, 0.02)
    observe(lab, guest.name, reset=True)


def observe(lab: Lab, name: str, *, reset: bool = False) -> Observation:
    """What the client has seen since it was started or reset; with `reset` it begins anew."""
    path = _socket(lab, name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.settimeout(2)
        ours.bind("")
        try:
            ours.sendto(b"reset" if reset else b"read", str(path))
            known = json.loads(ours.recv(4096))
        except OSError as error:
            raise LabError(f"no client watches {name}: {path}: {error}") from error
    udp, tcp = Echo(**known.pop("udp")), Echo(**known.pop("tcp"))
    return Observation(udp=udp, tcp=tcp, **known)


def end(lab: Lab, name: str) -> None:
    """End the guest's prober, if it lives."""
    _end_below(directory(lab, name))


def end_all(lab: Lab) -> None:
    """End every prober of the lab, also one whose guest is no longer known."""
    _end_below(lab.state / "guests")


def _end_below(top: Path) -> None:
    for pid in _probers(top):
        os.kill(pid, signal.SIGKILL)
    wait_for(f"the end of the probers below {top}", lambda: not any(_probers(top)), 5, 0.01)
    for leftover in top.rglob("prober"):
        leftover.unlink()


def _socket(lab: Lab, name: str) -> Path:
    return directory(lab, name) / "prober"


def _probers(top: Path) -> Iterator[int]:
    """Processes whose last argument is a socket below `top`: nothing but a prober is started with one."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if words[0].endswith(b"/prober") and Path(os.fsdecode(words[-2])).is_relative_to(top):
            yield int(entry.name)
