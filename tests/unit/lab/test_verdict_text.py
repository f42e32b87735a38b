"""A verdict as people read it: nothing wrong is overlooked, and what wasn't asked isn't called intact."""

from dataclasses import replace
from datetime import UTC, datetime

from labkit.guest.check import DiskVerdict, Verdict
from labkit.guest.observer import Echo, Observation
from labkit.guest.verdict_text import text

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ECHO = Echo(longest_gap_ms=12.4, longest_gap_ended_at=0, silent_ms=1, answers=9, lost_connections=0)
DISK = DiskVerdict("vda", read_only=False, records=257, bad_records=0, write_errors=0)
INTACT = Verdict(
    "m", host="host2", states={"host1": "absent", "host2": "running"}, answers=True, same_boot=True,
    up_seconds=65.0, memory_pages=100, memory_bad_pages=0, pages_written=300, disks=[DISK],
    client=Observation(since=0, own_lateness_ms=0, udp=ECHO, tcp=replace(ECHO, longest_gap_ms=20.0)),
)  # fmt: skip


def rows(verdict: Verdict) -> dict[str, str]:
    """The lines by their first column; a finding's is its dash."""
    return {line[:12].strip(): line[13:] for line in text(verdict, NOW).splitlines() if line[:2] != "- "}


def test_an_intact_guest_shows_all_that_was_asked() -> None:
    assert rows(INTACT) == {
        "host": "host2",
        "up since": "2026-01-02 03:03:00 (65.0 s), same boot as at creation",
        "memory": "100 pages intact, 300 written since boot",
        "disk vda": "257 records intact",
        "network": "answers",
        "longest gap": "12 ms by UDP, 20 ms by TCP (seen from outside)",
        "verdict": "intact",
    }


def test_every_finding_stands_on_a_line_of_its_own_and_the_verdict_says_so() -> None:
    said = text(replace(INTACT, findings=["memory: bad", "disk: bad"]), NOW)
    assert said.endswith("verdict      NOT INTACT\n- memory: bad\n- disk: bad")


def test_what_is_wrong_is_in_capitals() -> None:
    wrong = replace(
        INTACT, memory_bad_pages=2, answers=False, same_boot=False,
        disks=[replace(DISK, bad_records=1), replace(DISK, name="vdb", write_errors=3)],
    )  # fmt: skip
    found = rows(wrong)
    assert found["memory"] == "2 of 100 pages are WRONG"
    assert found["disk vda"] == "1 of 257 records WRONG, 0 writes failed"
    assert found["disk vdb"] == "0 of 257 records WRONG, 3 writes failed"
    assert found["network"] == "SILENT"
    assert "ANOTHER BOOT" in found["up since"]


def test_what_could_not_be_asked_is_unknown() -> None:
    found = rows(Verdict("m"))
    assert (found["host"], found["up since"], found["memory"]) == ("none", "unknown", "unknown")
    assert found["longest gap"] == "nobody watches"


def test_a_read_only_disk_is_called_so() -> None:
    assert rows(replace(INTACT, disks=[replace(DISK, read_only=True)]))["disk vda"].endswith(", read-only")
