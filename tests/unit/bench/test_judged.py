"""Which promise each section holds the measured migrations to."""

from dataclasses import replace

import pytest

from benchkit import diskcopy, overhead, preparation, ratio, strict, timeline, writes
from benchkit.figures import Figure, Section
from benchkit.pairs import Pair, Run
from benchkit.ratio import rate_for
from benchkit.traces import Trace
from labkit.links import burst_bytes

from .moves import APPLIED, a_move, write


def figure(section: Section, name: str) -> Figure:
    """The one whose name begins so."""
    return next(figure for figure in section.figures if figure.name.strip().startswith(name))


def test_the_overhead_is_both_parts_together_and_not_libvirts_own_time() -> None:
    move = a_move(seconds=30, before=0.5, after=0.25)
    assert move.overhead_seconds == 0.75
    assert figure(overhead.judge([move]), "apply to job, and running").verdict == "ok"


def test_each_kind_of_switchover_tells_its_parts() -> None:
    section = overhead.judge([a_move(before=0.5), a_move(before=0.9, switchover="Strict")])
    assert figure(section, "Fast: apply to job").value == 0.5
    assert figure(section, "Strict: apply to job").value == pytest.approx(0.9)


def test_a_migration_may_write_more_the_longer_it_takes() -> None:
    seen = tuple(write() for _ in range(42))
    short = writes.judge([a_move(seconds=2, writes=seen)], [], 60, 50)
    long = writes.judge([a_move(seconds=30, writes=seen)], [], 60, 50)
    assert figure(short, "writes of one").verdict == "MISSED"
    assert figure(long, "writes of one").verdict == "ok"


def test_a_migration_may_write_four_times_more_for_each_disk_that_it_copies() -> None:
    seen = tuple(write() for _ in range(50))
    two, three = a_move(copied=2, writes=seen), a_move(copied=3, writes=seen)
    assert figure(writes.judge([two], [], 60, 50), "writes of one").verdict == "MISSED"
    section = writes.judge([a_move(), three], [], 60, 50)
    assert figure(section, "writes of one").verdict == "ok"
    assert figure(section, "of one whose disks").value == 50


def test_the_worst_is_the_one_furthest_beyond_its_own_limit() -> None:
    short = a_move(seconds=2, writes=tuple(write() for _ in range(42)))
    long = a_move(seconds=60, writes=tuple(write() for _ in range(45)))
    assert figure(writes.judge([long, short], [], 60, 50), "writes of one").value == 42


def test_status_and_finalizer_are_writes_to_the_migration_itself() -> None:
    seen = (write("vmmigrations"), write("vmmigrations/status"), write("migrationtasks/status"))
    assert figure(writes.judge([a_move(writes=seen)], [], 60, 50), "of which").value == 2


def test_writes_are_told_by_who_wrote_them() -> None:
    agents = tuple(replace(write(), by="agent") for _ in range(3))
    section = writes.judge([a_move(writes=(*agents, write()), copied=1)], [], 60, 50)
    assert figure(section, "by the operator").value == 1
    assert figure(section, "by the agents").value == 3


def test_refused_writes_are_told_apart() -> None:
    move = a_move(writes=(write(code=409), write()))
    assert figure(writes.judge([move], [], 60, 50), "refused").value == 1


def test_one_write_while_nothing_moves_is_too_many_and_is_named() -> None:
    section = writes.judge([a_move()], [write("hypervisors/status")], 30, 50)
    idle = figure(section, "writes per minute")
    assert (idle.value, idle.verdict) == (2, "MISSED")
    assert any("operator patch hypervisors/status" in note for note in section.notes)


def test_a_ratio_is_of_the_pair_in_the_middle_whatever_the_noise_around_the_others() -> None:
    quiet = Pair(Run(30, 100, 0, 0, 0), Run(33, 120, 0, 0, 0))
    busy = Pair(Run(60, 400, 0, 0, 0), Run(61, 410, 0, 0, 0))
    unlucky = Pair(Run(30, 100, 0, 0, 0), Run(90, 900, 0, 0, 0))
    section = ratio.judge([unlucky, busy, quiet], "1mbit")
    assert figure(section, "total time").value == pytest.approx(1.1)
    assert figure(section, "total time").verdict == "MISSED"
    assert figure(section, "downtime").value == pytest.approx(1.2)


def test_the_strict_switchover_is_held_to_the_silence_of_a_person_who_types_both_commands() -> None:
    section = strict.judge([Pair(Run(2, 200, 0, 0, 0), Run(9, 240, 0, 0, 0))])
    assert figure(section, "downtime").value == pytest.approx(1.2)
    assert figure(section, "downtime").verdict == "MISSED"


def a_pair(virsh_seconds: float, godwit_seconds: float) -> Pair:
    return Pair(Run(virsh_seconds, 9, 0, 0, 0), Run(godwit_seconds, 9, 0, 0, 0))


def test_a_copy_is_held_to_what_the_link_can_carry_and_to_the_guides_own_command() -> None:
    least = diskcopy.LEAST_SECONDS
    shares = (1.05, 1.2, 1.08)
    moves = [a_move(seconds=40, before=1, after=2, copying=least * share) for share in shares]
    section = diskcopy.judge([a_pair(36, 40), a_pair(37, 40), a_pair(50, 40)], moves)
    copied = figure(section, "job active to disk copied /")
    assert copied.value == pytest.approx(1.08)
    assert copied.verdict == "ok"
    job = figure(section, "job active to guest running, Godwit")
    assert job.value == pytest.approx(1)
    assert job.verdict == "ok"


def test_what_comes_before_and_after_the_job_stands_beside_and_the_parts_make_the_whole() -> None:
    least = diskcopy.LEAST_SECONDS
    move = a_move(seconds=40, before=3, copying=least, after=2)
    section = diskcopy.judge([a_pair(20, 40)], [move])
    assert figure(section, "job active to guest running").verdict == "MISSED"
    assert figure(section, "apply to disk copied").value == pytest.approx((3 + least) / least)
    assert figure(section, "apply to Succeeded, Godwit").value == pytest.approx(2)
    parts = ("apply to job", "job active to disk copied", "memory, until", "running to")
    whole = sum(figure(section, f"Godwit: {part}").value for part in parts)
    assert whole == pytest.approx(move.total_seconds)


def test_preparation_is_from_the_first_task_to_the_last_goal_before_the_job() -> None:
    told = (write(at=APPLIED + 0.1), write(at=APPLIED + 1.4), write(at=APPLIED + 9))
    others = (write("migrationtasks/status", at=APPLIED), write("vmmigrations/status", at=APPLIED + 1.9))
    move = a_move(seconds=10, before=2, writes=(*others, *told))
    assert move.preparation_seconds == pytest.approx(1.3)
    assert figure(preparation.judge([move]), "inspected").verdict == "ok"


def test_the_rate_makes_it_take_half_a_minute_and_is_one_that_the_lab_takes() -> None:
    sent_bytes = 180 << 20
    rate = rate_for(sent_bytes)
    assert int(rate.removesuffix("kbit")) * 1000 / 8 * ratio.WANTED_SECONDS == pytest.approx(
        sent_bytes, rel=0.01
    )
    assert burst_bytes(rate)


def test_a_timeline_has_every_moment_in_its_order() -> None:
    trace = Trace(APPLIED + 0.4, "host1", "lifecycle", "g", "Suspended Paused")
    lines = timeline.timeline(a_move(traces=(trace,), writes=(write(at=APPLIED + 0.1),)))
    assert [line.split(maxsplit=3)[0] for line in lines] == ["0", "100", "400", "500", "1750", "2000"]


def test_a_timeline_is_of_the_migration_in_the_middle() -> None:
    moves = [a_move(before=before) for before in (0.1, 0.9, 0.5)]
    assert "     500 ms  host2   == job active: libvirt starts QEMU" in timeline.of_each_kind(moves)
