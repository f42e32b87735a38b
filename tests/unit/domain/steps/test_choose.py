"""The choice, pass by pass: what is written, in which order, and when a host is given up."""

import pytest
from msgspec.structs import replace

from godwit.domain.choice.table import Standing
from godwit.domain.decide import decide
from godwit.domain.decision import CreateTask, WriteSpec
from godwit.domain.host import HostNode, HypervisorSpec
from godwit.domain.migration import Destination, HypervisorSelector, Migration, Phase
from godwit.domain.observation import Observation
from godwit.domain.reasons import Reason
from godwit.domain.steps.choose import MOST_INSPECTED
from godwit.domain.steps.words import start_deadline
from godwit.domain.task import Goal, Peer, TaskStatus

from ..builders import (
    ABSENT,
    BEGUN,
    DESTINATION_TASK,
    FACTS,
    HOSTS,
    NOON,
    OUTLOOK,
    ROAD,
    SOURCE_TASK,
    VERSION,
    destination,
    host,
    later,
    migration,
)
from .choosing import (
    INSPECTED,
    LOOKED_AT,
    MANY,
    REFUSING,
    TAKING,
    UNASKED,
    UNNAMED,
    asked,
    beside,
    choosing,
    created,
    following,
    named,
)


def waiting_for_a_host(wait: str = "2h") -> Migration:
    return replace(migration(UNNAMED), spec=replace(migration().spec, destination=Destination(wait=wait)))


def test_the_host_is_written_before_its_task_is_made() -> None:
    observed = choosing()
    first = decide(observed, NOON)
    assert named(first) == "host2"
    assert first.acts == ()
    told = following(observed, first)
    assert created(decide(told, NOON)) == {
        DESTINATION_TASK: "host2",
        f"{DESTINATION_TASK}-2": "host3",
        f"{DESTINATION_TASK}-3": "host4",
    }
    one = replace(told, standby=(beside(told, 0),))
    assert set(created(decide(one, NOON))) == {DESTINATION_TASK, f"{DESTINATION_TASK}-3"}


def test_the_source_is_told_its_peer_with_its_plan() -> None:
    observed = choosing(source=None)
    [act] = decide(observed, NOON).acts
    assert isinstance(act, CreateTask)
    assert act.spec.peer == Peer()
    chosen = following(choosing(), decide(choosing(), NOON))
    ready = replace(chosen, destination=asked(chosen, TAKING))
    prepared = decide(following(ready, decide(ready, NOON)), NOON)
    acts = {act.task: act.spec for act in prepared.acts if isinstance(act, WriteSpec)}
    assert acts[SOURCE_TASK].peer == Peer("host2", DESTINATION_TASK)
    assert acts[SOURCE_TASK].goal is acts[DESTINATION_TASK].goal is Goal.PREPARED


def test_a_host_that_is_given_up_and_the_next_one_are_written_together() -> None:
    observed = choosing()
    chosen = following(observed, decide(observed, NOON))
    refused = decide(replace(chosen, destination=asked(chosen, REFUSING)), later(1))
    assert named(refused) == "host3"
    assert refused.acts == ()
    attempt = refused.journal.attempts[-1]
    [gone] = attempt.dismissed
    assert (gone.hypervisor, gone.task, gone.failed) == ("host2", DESTINATION_TASK, ("Definition",))
    assert attempt.destination_task == f"{DESTINATION_TASK}-2"
    assert refused.journal.switchover is None


def test_ten_hosts_are_inspected_one_after_the_other_and_no_more() -> None:
    crowd = (HOSTS[0], *(host(f"host{number:02}") for number in range(2, 15)))
    roads = tuple(replace(ROAD, address=each.migration_address) for each in crowd[1:])
    looked = replace(LOOKED_AT, outlook=replace(OUTLOOK, roads=roads))
    addresses = tuple(road.address for road in roads)
    task = replace(INSPECTED, status=looked, spec=replace(INSPECTED.spec, peer_addresses=addresses))
    observed, now, seen = choosing(hypervisors=crowd, source=task), 0.0, []
    decision = decide(observed, NOON)
    while decision.journal.ending is None:
        seen.append(named(decision))
        observed = following(observed, decision, now)
        now += 1
        decision = decide(replace(observed, destination=asked(observed, REFUSING)), later(now))
    assert seen == [f"host{number:02}" for number in range(2, 12)]
    assert len(decision.journal.attempts[-1].dismissed) == MOST_INSPECTED
    ending = decision.journal.ending
    assert ending.reason is Reason.NO_DESTINATION
    assert "10 hosts were inspected in vain" in ending.message
    choice = decision.journal.choice
    assert choice is not None
    assert [row.standing for row in choice.candidates] == [Standing.REFUSED] * 10 + [Standing.ELIGIBLE] * 3


def test_what_stops_the_guest_everywhere_is_told_with_what_stops_the_nearest_host() -> None:
    cordoned = [replace(each, node=HostNode(cordoned=True)) for each in MANY[1:]]
    worse = [replace(each, spec=HypervisorSpec(maintenance=True)) for each in cordoned[1:]]
    kept = replace(INSPECTED, status=replace(LOOKED_AT, facts=replace(FACTS, snapshots=("before",))))
    ended = decide(choosing(source=kept, hypervisors=(MANY[0], cordoned[0], *worse)), NOON)
    assert ended.journal.ending is not None
    assert ended.journal.ending.message.startswith("2 checks failed. NodeSchedulable: node host2 is cordoned")
    assert "; Snapshots: " in ended.journal.ending.message
    ended = decide(choosing(source=kept, hypervisors=(*MANY[:2], *worse)), NOON)
    assert ended.journal.ending is not None
    assert ended.journal.ending.message.startswith("1 check failed. Snapshots: "), "host2 would take it"


def test_the_source_is_looked_at_five_times_at_most() -> None:
    observed, tasks = choosing(source=UNASKED), []
    decision = decide(observed, NOON)
    while decision.journal.destination is None:
        tasks.append(decision.journal.attempts[-1].source_task)
        observed = replace(following(observed, decision), source=UNASKED)
        decision = decide(observed, NOON)
    assert tasks == [f"{SOURCE_TASK}-{number}" for number in range(2, 6)]
    assert named(decision) == "host2"
    assert [gone.hypervisor for gone in decision.journal.attempts[-1].dismissed] == ["host1"] * 4


def test_the_next_three_are_named_only_when_the_first_three_refuse() -> None:
    observed = choosing()
    first = following(observed, decide(observed, NOON))
    second = following(first, decide(replace(first, destination=asked(first, REFUSING)), later(1)), 1)
    assert [each.hypervisor for each in second.migration.status.attempts[-1].standby] == ["host4"]
    third = following(second, decide(replace(second, destination=asked(second, REFUSING)), later(2)), 2)
    assert third.migration.status.attempts[-1].standby == ()
    last = decide(replace(third, destination=asked(third, REFUSING)), later(3))
    attempt = last.journal.attempts[-1]
    assert named(last) == "host5"
    assert attempt.destination_task == f"{DESTINATION_TASK}-4"
    assert [(each.hypervisor, each.task) for each in attempt.standby] == [
        ("host6", f"{DESTINATION_TASK}-5"),
        ("host7", f"{DESTINATION_TASK}-6"),
    ]


def test_a_source_that_falls_silent_while_a_host_is_waited_for_ends_nothing() -> None:
    silent = tuple(replace(each, ready=each.name != "host1") for each in MANY)
    asked_for = waiting_for_a_host()
    waiting = decide(choosing(migration=asked_for, hypervisors=silent), later(90))
    assert (waiting.phase, waiting.reason) == (Phase.PENDING, Reason.HYPERVISOR_NOT_READY)
    over = decide(choosing(migration=asked_for, hypervisors=silent), later(3 * 3600))
    assert over.journal.ending is not None


def test_before_a_host_is_named_after_a_wait_the_guest_is_looked_at_anew() -> None:
    asked_for = waiting_for_a_host()
    observed = choosing(migration=asked_for)
    assert named(decide(observed, later(59))) == "host2"
    anew = decide(observed, later(90))
    assert named(anew) is None
    attempt = anew.journal.attempts[-1]
    assert attempt.source_task == f"{SOURCE_TASK}-2"
    assert [gone.task for gone in attempt.dismissed] == [SOURCE_TASK]
    seen = following(observed, anew, 90)
    assert named(decide(seen, later(91))) == "host2"


@pytest.mark.parametrize(("wait", "took"), [("1s", 0.4), ("3s", 1.1), ("10s", 3.5), ("2h", 0.4)])
def test_however_short_the_wait_a_look_at_the_guest_is_good_for_a_minute(wait: str, took: float) -> None:
    assert named(decide(choosing(migration=waiting_for_a_host(wait)), later(took))) == "host2"


@pytest.mark.parametrize(("wait", "batch"), [("60s", 31.0), ("90s", 31.0), ("30s", 11.0), ("5s", 2.0)])
def test_hosts_that_refuse_slowly_are_not_asked_in_a_circle_once_the_wait_is_over(
    wait: str, batch: float
) -> None:
    observed, now = choosing(migration=waiting_for_a_host(wait)), 0.0
    for _ in range(30):
        decision = decide(observed, later(now))
        if decision.journal.ending:
            break
        observed = following(observed, decision, now)
        if named(decision) is None:
            now += decision.again_after_seconds or 0
            observed = replace(observed, destination=None)
        else:
            now += batch / 3
            observed = replace(observed, destination=asked(observed, REFUSING))
    assert decision.journal.ending is not None
    assert decision.journal.ending.reason is Reason.NO_DESTINATION


def test_start_timeout_counts_from_the_choice() -> None:
    observed = choosing(replace(UNNAMED, unqueued_at=later(-1000)))
    chosen = following(observed, decide(observed, later(5)), 5)
    assert start_deadline(chosen) == later(305)


def test_hosts_that_owe_for_the_same_vm_are_no_candidates() -> None:
    debt = destination(Goal.ROLLED_BACK, TaskStatus())
    assert debt.spec.node_name == "host2"
    assert named(decide(choosing(debts=(debt,)), NOON)) == "host3"


def test_a_destination_that_the_user_names_is_never_given_up() -> None:
    spec = replace(migration().spec, destination=Destination("host2"))
    status = replace(BEGUN, destination=HypervisorSelector("host2"))
    observed = Observation(
        replace(migration(status), spec=spec),
        HOSTS,
        source=INSPECTED,
        destination=destination(Goal.INSPECTED, replace(REFUSING, namesakes=(ABSENT,))),
        operator_version=VERSION,
    )
    ended = decide(observed, NOON)
    assert ended.journal.ending is not None
    assert ended.journal.choice is None
    assert ended.journal.attempts[-1].dismissed == ()
