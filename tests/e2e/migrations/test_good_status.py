"""What people and tools read of a migration that succeeded: conditions, phases, figures, events, columns."""

import json
from datetime import datetime

import pytest

from ..api_server import Body
from .moves import Moves, condition, lasting, phases

pytestmark = pytest.mark.e2e

WIDE = 120


@pytest.fixture(scope="module")
def done(moves: Moves, still: str) -> Body:
    """A migration that has succeeded."""
    name = moves.begin(still)
    moves.success(name)
    return moves.get(name)


def test_it_is_ready_as_kstatus_reads_it_and_nothing_of_the_way_is_left(done: Body) -> None:
    status = done["status"]
    assert {each["type"]: each["status"] for each in status["conditions"]} == {
        "Succeeded": "True",
        "Ready": "True",
    }
    seen = {each["observedGeneration"] for each in status["conditions"]} | {status["observedGeneration"]}
    assert seen == {done["metadata"]["generation"]}


def test_its_phases_begin_one_after_the_other(done: Body) -> None:
    created = datetime.fromisoformat(done["metadata"]["creationTimestamp"])
    times = [datetime.fromisoformat(each["at"]) for each in done["status"]["phaseTransitions"]]
    assert times == sorted(times) and times[0] >= created


def test_its_figures_are_there(done: Body) -> None:
    status = done["status"]
    assert status["progress"]["percent"] == 100
    result = status["result"]
    assert result["bytes"] > 1 << 20 and result["iterations"] >= 1 and result["durationMilliseconds"] > 0
    assert result["downtime"]["reportedMilliseconds"] > 0
    assert status["cleanup"] == "Done"


def test_each_phase_that_lasts_has_an_event_with_the_same_reason_as_the_condition_had(
    moves: Moves, done: Body
) -> None:
    events = moves.events(done["metadata"]["name"])
    told, walked = [event["reason"] for event in events], phases(done["status"])
    assert told == [phase for phase in walked if phase in told]
    assert {*lasting(done["status"]), "Preparing", "Succeeded"} <= {*told}
    assert {event["type"] for event in events} == {"Normal"}
    last = condition(done["status"], "Succeeded")
    assert (events[-1]["reason"], events[-1]["message"]) == (last["reason"], last["message"])


def test_its_columns_say_which_vm_went_from_where_to_where_and_how_it_is_in_one_line(
    moves: Moves, done: Body, still: str
) -> None:
    name, status = done["metadata"]["name"], done["status"]
    shown = moves.table(name)
    assert shown.pop("AGE")
    assert shown == {
        "NAME": name, "VM": still, "FROM": status["source"]["hypervisor"], "LEFT": "", "%": "100",
        "TO": status["destination"]["hypervisor"], "PHASE": "Succeeded", "WHY": "Succeeded",
    }  # fmt: skip
    assert max(len(line) for line in moves.lines(name)) <= WIDE


def test_its_wide_columns_say_more(moves: Moves, done: Body) -> None:
    status, shown = done["status"], moves.table(done["metadata"]["name"], "-o", "wide")
    assert shown["UUID"] == status["vm"]["uuid"]
    assert (shown["SWITCHOVER"], shown["CLEANUP"]) == ("Strict", "Done")
    assert shown["DOWNTIME-MS"] == str(status["result"]["downtime"]["reportedMilliseconds"])
    assert shown["MESSAGE"] == condition(status, "Succeeded")["message"]


def test_its_tasks_said_nothing_that_is_secret(moves: Moves, done: Body) -> None:
    assert "<domain" not in json.dumps(done)
