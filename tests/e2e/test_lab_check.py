"""The check itself: each fault that it should find is really made, and found, and nothing else is.

One guest serves the tests that mend what they broke; each of the others has its own.
"""

from collections.abc import Iterator

import pytest

from labkit.guest.agent import parse
from labkit.guest.state import directory
from labkit.registry import open_lab

from .lab import Lab, Verdict, wait_until

pytestmark = pytest.mark.e2e

HERE, THERE = "host1", "host2"
NAME, OWN = "labtest-check", "labtest-broken"
DISKS = ("shared:16Mi:qcow2", "local:16Mi:raw", "shared:1Mi:qcow2:ro", "shared:4Mi:raw:shareable")


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab()


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Iterator[str]:
    with lab.guest(NAME, HERE, "--no-disk") as name:
        yield name


def only_finding(verdict: Verdict) -> str:
    (finding,) = verdict["findings"]
    return str(finding)


def test_a_byte_of_memory_that_was_flipped_is_found_and_flipped_back_it_is_intact(
    lab: Lab, guest: str
) -> None:
    page = parse(lab.run("guest", "tell", guest, "flip").strip()).number("page")
    try:
        verdict = lab.verdict(guest)
        assert verdict["memory_bad_pages"] == 1
        assert only_finding(verdict).startswith("memory: 1 of ")
        assert only_finding(verdict).endswith(f"the first is page {page}")
        said = lab.attempt("guest", "check", guest)
        assert said.returncode == 1
        assert "NOT INTACT\n- memory: 1 of " in said.stdout
    finally:
        lab.run("guest", "tell", guest, "flip")
    lab.check(guest)


def test_a_silence_is_measured_and_measured_anew_after_a_reset(lab: Lab, guest: str) -> None:
    lab.run("guest", "gap", guest, "--reset")
    lab.inside(HERE, "sh", "-c", f"virsh -q suspend {guest}; sleep 0.7; virsh -q resume {guest}")
    wait_until("an echo", lambda: lab.json("guest", "gap", guest)["udp"]["silent_ms"] < 100, 5)
    seen = lab.json("guest", "gap", guest, "--reset")
    assert 700 <= seen["udp"]["longest_gap_ms"] < 2000
    assert 700 <= seen["tcp"]["longest_gap_ms"] < 2000
    assert lab.json("guest", "gap", guest)["udp"]["longest_gap_ms"] < 500
    lab.check(guest)


def test_a_guest_that_is_paused_runs_nowhere_and_its_state_is_told(lab: Lab, guest: str) -> None:
    lab.inside(HERE, "virsh", "-q", "suspend", guest)
    try:
        assert only_finding(lab.verdict(guest)) == f"it runs nowhere: paused on {HERE}, absent on {THERE}"
    finally:
        lab.inside(HERE, "virsh", "-q", "resume", guest)
    lab.check(guest)


def test_a_second_copy_is_found_paused_or_running(lab: Lab, guest: str) -> None:
    there = f"virsh -q -c qemu+tls://{THERE}/system"
    lab.inside(
        HERE,
        "sh",
        "-ec",
        f"virsh dumpxml {guest} > /tmp/copy; {there} create --paused /tmp/copy; rm /tmp/copy",
    )
    try:
        assert only_finding(lab.verdict(guest)) == f"it is also there on {THERE}: paused"
        lab.inside(THERE, "virsh", "-q", "resume", guest)
        assert f"it runs on {HERE} and {THERE}" in lab.verdict(guest)["findings"]
    finally:
        lab.inside(THERE, "virsh", "-q", "destroy", guest)


def test_a_guest_that_is_cut_off_is_silent_to_the_check(lab: Lab, guest: str) -> None:
    lab.run("link", HERE, "--plane", "guest", "--down")
    try:
        findings = lab.verdict(guest)["findings"]
    finally:
        lab.run("link", HERE, "--plane", "guest", "--up")
    assert any(finding.startswith("it does not answer on the network") for finding in findings)
    wait_until("its answer", lambda: lab.verdict(guest)["answers"], 10)


def test_a_guest_that_nobody_watches_is_not_called_intact(lab: Lab, guest: str) -> None:
    socket = directory(open_lab(lab.name), guest) / "prober"
    socket.rename(socket.with_name("hidden"))
    try:
        assert only_finding(lab.verdict(guest)).startswith(f"no client watches {guest}")
    finally:
        socket.with_name("hidden").rename(socket)
    lab.check(guest)


@pytest.fixture
def own(lab: Lab) -> Iterator[str]:
    """A guest that a test may break."""
    with lab.guest(OWN, HERE, "--no-disk") as name:
        yield name


def test_a_guest_that_is_off_runs_nowhere_and_when_it_is_started_that_is_another_boot(
    lab: Lab, own: str
) -> None:
    lab.run("guest", "tell", own, "poweroff")
    told = f"it runs nowhere: shut off on {HERE}, absent on {THERE}"
    wait_until("its end", lambda: lab.verdict(own)["findings"][:1] == [told], 20)
    lab.inside(HERE, "virsh", "-q", "start", own)
    booted = wait_until("its answer", lambda: found if (found := lab.verdict(own))["answers"] else None, 30)
    assert booted["same_boot"] is False
    assert "it was booted again since it was created" in booted["findings"]


def test_an_older_state_of_it_is_found(lab: Lab, own: str) -> None:
    lab.inside(HERE, "sh", "-c", f"virsh -q save {own} /tmp/{own}; virsh -q restore /tmp/{own}")
    try:
        since = lab.verdict(own)["up_seconds"]
        wait_until("a later state", lambda: lab.verdict(own)["up_seconds"] > since + 1, 10)
        lab.inside(HERE, "sh", "-c", f"virsh -q destroy {own}; virsh -q restore /tmp/{own}")
        assert any("it went back in time" in finding for finding in lab.verdict(own)["findings"])
    finally:
        lab.inside(HERE, "rm", "-f", f"/tmp/{own}")  # noqa: S108 - the host's own


def test_a_sector_overwritten_from_outside_is_found_on_each_kind_of_disk(lab: Lab) -> None:
    options = [word for disk in DISKS for word in ("--disk", disk)]
    with lab.guest(OWN, HERE, *options) as own:
        for number, name in enumerate(("vda", "vdb", "vdc", "vdd")):
            assert f"({name}, block 3)" in lab.run("guest", "spoil", own, "--disk", str(number))
            verdict = lab.verdict(own)
            assert verdict["disks"][number]["bad_records"] == 1
            assert verdict["findings"][number].startswith(f"disk {name}: 1 of ")
            assert verdict["findings"][number].endswith("the first is block 3")
            assert len(verdict["findings"]) == number + 1
        assert "has no disk 4: it has 4" in lab.refused("guest", "spoil", own, "--disk", "4")
