"""The verdict on a guest: what libvirt says on every host, what it finds in itself, what a client saw."""

import os
from dataclasses import dataclass, field

from labkit.guest import state, whereabouts
from labkit.guest.agent import Line, ask, parse
from labkit.guest.observer import Observation, observe
from labkit.guest.spec import Guest
from labkit.lab import Lab
from labkit.shell import LabError

PATIENCE_SECONDS = {"status": 5.0, "memory": 30.0, "disks": 90.0}
LONGEST_SILENCE_MS = 2000


@dataclass(slots=True)
class DiskVerdict:
    """Of one disk, as the guest read it back past its cache."""

    name: str
    read_only: bool
    records: int
    bad_records: int
    write_errors: int


@dataclass(slots=True)
class Verdict:
    """All that was found out; no `findings` when all is well. What could not be asked stays None or empty."""

    guest: str
    host: str | None = None
    states: dict[str, str] = field(default_factory=dict)
    images: dict[str, list[str]] = field(default_factory=dict)
    """Which of its files lie on which host."""
    answers: bool = False
    same_boot: bool | None = None
    up_seconds: float | None = None
    memory_pages: int | None = None
    memory_bad_pages: int | None = None
    pages_written: int | None = None
    disks: list[DiskVerdict] = field(default_factory=list)
    clock_gap_ms: int | None = None
    client: Observation | None = None
    findings: list[str] = field(default_factory=list)


def check(lab: Lab, name: str) -> Verdict:
    """Ask libvirt on all hosts, then the guest, then the client that watches it; about a second."""
    guest = state.load(lab, name)
    places = whereabouts.places(lab, guest)
    verdict = Verdict(
        name,
        states={host: place.state for host, place in places.items()},
        images={host: sorted(place.images) for host, place in places.items()},
    )
    _judge_whereabouts(verdict)
    _judge_images(verdict, guest)
    if whereabouts.running(verdict.states):
        _judge_guest(verdict, lab, guest)
    _judge_client(verdict, lab)
    return verdict


def _judge_whereabouts(verdict: Verdict) -> None:
    found = whereabouts.running(verdict.states)
    if len(found) == 1:
        verdict.host = found[0]
    else:
        others = ", ".join(f"{state} on {host}" for host, state in verdict.states.items())
        verdict.findings.append(
            f"it runs on {' and '.join(found)}" if found else f"it runs nowhere: {others}"
        )
    for host, seen in verdict.states.items():
        if seen.startswith(whereabouts.UNKNOWN):
            verdict.findings.append(f"whether it runs on {host} is {seen}")
        elif found and host not in found and seen not in (whereabouts.ABSENT, whereabouts.OFF, "shut off"):
            verdict.findings.append(f"it is also there on {host}: {seen}")


def _judge_images(verdict: Verdict, guest: Guest) -> None:
    """What it runs from has a name: a file that was deleted under it is lost when it stops."""
    there = verdict.images.get(verdict.host or "", [])
    lost = [str(path) for path in guest.images_on_hosts() if str(path) not in there]
    if verdict.host and lost:
        verdict.findings.append(f"it runs on {verdict.host}, where {' and '.join(lost)} is gone")


def _judge_guest(verdict: Verdict, lab: Lab, guest: Guest) -> None:
    for question, seconds in PATIENCE_SECONDS.items():
        try:
            lines = [parse(line) for line in ask(lab, guest, question, seconds)]
        except OSError as error:
            what = "on the network" if question == "status" else f"when asked about its {question}"
            verdict.findings.append(f"it does not answer {what}: {error}")
            return
        for line in lines:
            _take(verdict, lab, guest, line)
    missing = len(guest.disks) - len(verdict.disks)
    if missing:
        seen = " ".join(disk.name for disk in verdict.disks) or "none"
        verdict.findings.append(f"it misses {missing} of its {len(guest.disks)} disks: it sees {seen}")


def _take(verdict: Verdict, lab: Lab, guest: Guest, line: Line) -> None:
    match line.kind:
        case "guest":
            _take_status(verdict, lab, guest, line)
        case "clock":
            verdict.clock_gap_ms = max(line.number("monotonic_ms"), line.number("realtime_ms"))
        case "memory":
            verdict.memory_pages, verdict.memory_bad_pages = line.number("pages"), line.number("bad")
            if verdict.memory_bad_pages:
                verdict.findings.append(
                    f"memory: {verdict.memory_bad_pages} of {verdict.memory_pages} "
                    "pages are not what was written; "
                    f"the first is page {line.number('first')}"
                )
        case "disk":
            _take_disk(verdict, line)


def _take_status(verdict: Verdict, lab: Lab, guest: Guest, line: Line) -> None:
    verdict.answers = True
    verdict.same_boot = line.fields["boot_id"] == guest.boot_id
    verdict.up_seconds = float(line.fields["uptime"])
    verdict.pages_written = line.number("pages_written")
    if not verdict.same_boot:
        verdict.findings.append("it was booted again since it was created")
        return
    before = state.exchange_uptime(lab, guest.name, verdict.up_seconds)
    if verdict.up_seconds < before:
        verdict.findings.append(
            f"it went back in time, from {before:.1f} s to {verdict.up_seconds:.1f} s: "
            "an older state of it runs"
        )


def _take_disk(verdict: Verdict, line: Line) -> None:
    disk = DiskVerdict(
        line.fields["name"], line.fields["read_only"] == "1", line.number("records"), line.number("bad"),
        line.number("errors"),
    )  # fmt: skip
    verdict.disks.append(disk)
    if disk.bad_records:
        verdict.findings.append(
            f"disk {disk.name}: {disk.bad_records} of {disk.records} records are not what was written; "
            f"the first is block {line.number('first')}"
        )
    if disk.write_errors:
        verdict.findings.append(
            f"disk {disk.name}: {disk.write_errors} writes failed: {os.strerror(line.number('error'))}"
        )


def _judge_client(verdict: Verdict, lab: Lab) -> None:
    try:
        seen = observe(lab, verdict.guest)
    except LabError as error:
        verdict.findings.append(str(error))
        return
    verdict.client = seen
    if seen.tcp.lost_connections:
        verdict.findings.append(f"the client's TCP connection to it broke {seen.tcp.lost_connections} times")
    if verdict.answers and seen.udp.silent_ms > LONGEST_SILENCE_MS:
        verdict.findings.append(f"its UDP echo has been silent for {seen.udp.silent_ms:.0f} ms")
