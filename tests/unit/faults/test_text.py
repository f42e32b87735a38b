"""What a campaign tells of its runs."""

import json
from dataclasses import replace

from benchkit.traces import Trace
from faultkit.plan import At, Kind, Moment, Plan, Strike
from faultkit.run import Record
from faultkit.sampler import Sample
from faultkit.stage import Note
from faultkit.text import as_json, line, story, summary
from faultkit.timeline import timeline

PLAN = Plan(
    seed=5,
    run=3,
    kind=Kind.STRICT,
    paused=False,
    transient=True,
    autostart=False,
    strikes=(Strike("source-off", Moment(At.SHARE, 40), 3.0),),
    resolution="KeepSource",
)
GOOD = Record(PLAN, "Succeeded", 2.5, 1.0, ["source-off"], took_seconds=20.0)
BAD = replace(
    GOOD, plan=replace(PLAN, run=4), rest_seconds=70.0, attention=True, findings=["it runs nowhere | at all"]
)


def test_a_run_is_a_line() -> None:
    said = line(GOOD)
    assert "ok" in said
    assert "2.5 s to rest" in said
    assert "strict guest, transient: source-off for 3 s at 40 % of the job" in said
    assert "1 FINDINGS" in line(BAD)


def test_a_broken_promise_says_how_to_see_it_again() -> None:
    assert "hack/faults --seed 5 --run 4" in story(BAD)
    assert "--only" not in story(BAD)
    only = replace(BAD, plan=replace(PLAN, only="source-off"))
    assert story(only).endswith("hack/faults --seed 5 --run 3 --only source-off")
    kind = replace(BAD, plan=replace(PLAN, guest="strict"))
    assert story(kind).endswith("hack/faults --seed 5 --run 3 --guest strict")


def test_the_figures_are_told_per_fault_and_over_all() -> None:
    said = summary([GOOD, BAD], "abc", "2026-01-02").splitlines()
    row = next(row for row in said if row.startswith("source-off"))
    assert "2" in row.split()
    assert "70.0 s" in row
    assert "1 (50 %)" in row
    assert any(row.endswith("<= 60 s: MISSED") for row in said)


def test_the_verdicts_are_counted() -> None:
    said = summary(
        [replace(GOOD, verdict="Commit"), replace(GOOD, verdict="Commit"), BAD], "abc", "2026-01-02"
    )
    assert "verdicts: Commit 2, none 1" in said


def test_the_line_for_the_docs_is_a_row_of_their_table() -> None:
    row = summary([GOOD, BAD], "abc", "2026-01-02").splitlines()[-1]
    assert row == "| 2026-01-02 | abc | 5 | 2 | run 4 of seed 5: it runs nowhere / at all |"
    assert summary([GOOD], "abc", "2026-01-02").endswith("| 1 | none |")


def test_a_run_that_no_fault_met_is_not_counted() -> None:
    said = summary([GOOD, replace(GOOD, struck=[])], "abc", "2026-01-02")
    assert "1 runs in 1 min, and 1 that no fault met; 0 broke a promise" in said
    assert said.endswith("| 2026-01-02 | abc | 5 | 1 | none |")


def test_machines_are_told_everything() -> None:
    [told] = json.loads(as_json([BAD]))
    assert told["findings"] == BAD.findings
    assert told["plan"]["strikes"][0]["fault"] == "source-off"


def test_a_timeline_is_in_the_order_of_time_and_tells_states_when_they_change() -> None:
    told = timeline(
        100.0,
        [Note(103.0, "campaign", "source-off STRIKES")],
        [("Pending", 101.0)],
        [
            Trace(102.0, "host1", "lifecycle", "g", "Suspended Migrated"),
            Trace(102.5, "host1", "agent", "g", ""),
        ],
        [Sample(100.4, 100.5, {"host1": "running"}), Sample(104.0, 104.1, {"host1": "running"})],
    )
    assert told == [
        "   0.500  host1     virsh domstate: running",
        "   1.000  watch     phase Pending",
        "   2.000  host1     libvirt lifecycle: Suspended Migrated",
        "   3.000  campaign  source-off STRIKES",
    ]
