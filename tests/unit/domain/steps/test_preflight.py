"""Inspection, one pure pass over all checks, and one plan for both hosts."""

import pytest
from msgspec.structs import replace

from godwit.domain.contact import Arrival, Contact
from godwit.domain.decide import decide
from godwit.domain.decision import CreateTask, WriteSpec
from godwit.domain.disks import Storage, Strategy
from godwit.domain.guest import DomainState, Job, StateReason
from godwit.domain.host import HostNow, Hypervisor, Memory, Network, with_now
from godwit.domain.migration import (
    CheckResult,
    MigrationStatus,
    Mode,
    Outcome,
    Phase,
    Safety,
    SwitchoverChoice,
)
from godwit.domain.observation import Observation
from godwit.domain.phases import LIFE
from godwit.domain.plan import ResumeWhen, Switchover
from godwit.domain.reasons import Reason
from godwit.domain.road import Answer, Road
from godwit.domain.steps import plan, preflight
from godwit.domain.task import Failure, Goal, MigrationRef, Peer, Probe, Role, Task, TaskStatus

from ..builders import (
    BEGUN,
    BR0,
    CONTACT,
    DESTINATION_TASK,
    FACTS,
    FAST,
    HOSTS,
    NOON,
    OFFER,
    OUTLOOK,
    QEMU_CLIENT,
    QEMU_SERVER,
    ROAD,
    RUN_MARK,
    SKEW,
    SOURCE_TASK,
    TAKEN,
    UID,
    VALIDATED,
    VM,
    WRITTEN,
    destination,
    host,
    later,
    listed,
    observation,
    source,
)
from .pairs import ended

GIB = 1 << 30
FAILURE = Failure(Reason.LIBVIRT_ERROR, "disk on fire")
WAITING = Failure(Reason.LIBVIRT_UNREACHABLE, "libvirtd is away")
INSPECTED = TaskStatus(
    reached=Goal.INSPECTED,
    facts=FACTS,
    outlook=OUTLOOK,
    offer=OFFER,
    qemu_certificate=QEMU_CLIENT,
    run_mark=RUN_MARK,
    probes=(WRITTEN,),
)
READ = TaskStatus(
    reached=Goal.INSPECTED, probes=(WRITTEN,), reception=TAKEN, contact=CONTACT, qemu_certificate=QEMU_SERVER
)
LOOKED_AT = source(Goal.INSPECTED, INSPECTED)
BOTH = replace(observation(BEGUN, LOOKED_AT, destination(Goal.INSPECTED, READ)), clock_skew=SKEW)
STRICT_CHOICE = replace(VALIDATED, switchover=SwitchoverChoice(Switchover.STRICT, "no lock"))


def judged(status: MigrationStatus = BEGUN, **more: object) -> Observation:
    return replace(replace(BOTH, migration=replace(BOTH.migration, status=status)), **more)


def judged_unproven(**more: Task) -> Observation:
    """The token was not read, and nothing may be copied."""
    unread = destination(Goal.INSPECTED, replace(READ, probes=()))
    observed = replace(BOTH, destination=unread, **more)
    spec = replace(observed.migration.spec, storage=Storage(Strategy.SHARED))
    return replace(observed, migration=replace(observed.migration, spec=spec))


# inspection


def test_the_source_is_told_where_the_destination_is_if_anybody_knows() -> None:
    [act] = decide(observation(BEGUN), NOON).acts
    assert isinstance(act, CreateTask)
    assert act.spec.peer_addresses == ("address-of-host2",)
    unknown = replace(HOSTS[1], status=replace(HOSTS[1].status, migration_address=""))
    [act] = decide(replace(observation(BEGUN), hypervisors=(HOSTS[0], unknown)), NOON).acts
    assert isinstance(act, CreateTask)
    assert act.spec.peer_addresses == ()


def test_the_source_is_inspected_first_and_alone() -> None:
    [act] = decide(observation(BEGUN), NOON).acts
    assert isinstance(act, CreateTask)
    spec = act.spec
    assert (act.name, spec.node_name, spec.role, spec.goal) == (
        SOURCE_TASK,
        "host1",
        Role.SOURCE,
        Goal.INSPECTED,
    )
    assert (spec.vm, spec.peer, spec.attempt) == (VM, Peer("host2", DESTINATION_TASK), 1)
    assert spec.migration_ref == MigrationRef("team", "move", UID)
    assert spec.probes == ()


def test_a_task_that_exists_is_waited_for_until_start_timeout() -> None:
    waiting = decide(observation(BEGUN, source(Goal.INSPECTED)), later(60))
    assert (waiting.acts, waiting.phase, waiting.again_after_seconds) == ((), Phase.VALIDATING, 240)
    over = decide(observation(BEGUN, source(Goal.INSPECTED)), later(300))
    assert ended(over) is Reason.START_TIMEOUT
    assert "host1" in over.message


def test_what_the_agent_waits_for_is_told() -> None:
    decision = decide(observation(BEGUN, source(Goal.INSPECTED, TaskStatus(waiting=WAITING))), NOON)
    assert "host1: libvirtd is away" in decision.message


def test_the_destination_is_asked_for_the_tokens_without_being_told_them() -> None:
    unwritten = Probe("/other", "/other/.godwit-1", message="read-only file system")
    written = replace(INSPECTED, probes=(WRITTEN, unwritten))
    [act] = decide(observation(BEGUN, source(Goal.INSPECTED, written)), NOON).acts
    assert isinstance(act, CreateTask)
    assert (act.name, act.spec.node_name, act.spec.role) == (DESTINATION_TASK, "host2", Role.DESTINATION)
    assert act.spec.probes == (Probe(WRITTEN.directory, WRITTEN.path, WRITTEN.images),)


def test_a_source_task_that_is_gone_again_is_made_again() -> None:
    [act] = decide(observation(BEGUN, None, destination(Goal.INSPECTED, READ)), NOON).acts
    assert isinstance(act, CreateTask)
    assert act.name == SOURCE_TASK


@pytest.mark.parametrize("role", [Role.SOURCE, Role.DESTINATION])
def test_an_inspection_that_fails_ends_the_migration_naming_the_host(role: Role) -> None:
    failed = TaskStatus(failure=FAILURE)
    tasks = (
        (source(Goal.INSPECTED, failed), None)
        if role is Role.SOURCE
        else (LOOKED_AT, destination(Goal.INSPECTED, failed))
    )
    decision = decide(observation(BEGUN, *tasks), NOON)
    assert ended(decision) is Reason.LIBVIRT_ERROR
    assert f"{'host1' if role is Role.SOURCE else 'host2'}: disk on fire" in decision.message


# validation


def test_passed_checks_are_written_with_disks_and_switchover_in_one_pass() -> None:
    decision = decide(BOTH, NOON)
    assert decision.phase is Phase.PREPARING
    assert decision.journal.switchover is not None
    assert decision.journal.switchover.mode is Switchover.FAST
    assert [disk.target for disk in decision.journal.disks] == ["vda"]
    assert decision.journal.checks
    assert not [check for check in decision.journal.checks if check.stops]


def validating(*force: str, **more: object) -> Observation:
    """Only the preflight is asked for."""
    seen = judged(BEGUN, **more)
    spec = replace(seen.migration.spec, mode=Mode.VALIDATE, safety=Safety(force=force))
    return replace(seen, migration=replace(seen.migration, spec=spec))


def test_a_preflight_alone_succeeds_and_nothing_is_prepared() -> None:
    decision = decide(validating(), NOON)
    ending = decision.journal.ending
    assert ending is not None
    assert (ending.outcome, ending.reason) == (Outcome.SUCCEEDED, Reason.VALID)
    assert ending.message.startswith("nothing was changed: all checks passed")
    assert decision.acts == ()


def test_its_verdicts_are_those_of_a_migration() -> None:
    assert decide(validating(), NOON).journal.checks == decide(BOTH, NOON).journal.checks


def test_a_preflight_that_fails_ends_as_a_migration_does() -> None:
    busy = replace(INSPECTED, facts=replace(FACTS, view=replace(FACTS.view, job=Job.OTHER)))
    task = source(Goal.INSPECTED, busy)
    alone, whole = decide(validating(source=task), NOON), decide(judged(source=task), NOON)
    assert ended(alone) is Reason.GUEST_BUSY
    assert alone.journal.ending == whole.journal.ending


def test_a_warning_is_named_in_what_a_preflight_says() -> None:
    status = HOSTS[1].status
    old = replace(HOSTS[1], status=replace(status, versions=replace(status.versions, libvirt="10.0.0")))
    ending = decide(validating(hypervisors=(HOSTS[0], old)), NOON).journal.ending
    assert ending is not None
    assert (ending.outcome, ending.reason) == (Outcome.SUCCEEDED, Reason.VALID_WITH_WARNINGS)
    assert "LibvirtVersion warned: libvirt 10.0.0 on host2 is older" in ending.message


def test_a_check_that_is_forced_stops_nothing_and_is_named() -> None:
    kept = replace(INSPECTED, facts=replace(FACTS, snapshots=("before",)))
    task = source(Goal.INSPECTED, kept)
    assert ended(decide(validating(source=task), NOON)) is Reason.CHECKS_FAILED
    decision = decide(validating("Snapshots", source=task), NOON)
    ending = decision.journal.ending
    assert ending is not None
    assert (ending.outcome, ending.reason) == (Outcome.SUCCEEDED, Reason.VALID_WITH_WARNINGS)
    assert "Snapshots failed and was forced" in ending.message
    [forced] = [check for check in decision.journal.checks if check.forced]
    assert (forced.name, forced.result) == ("Snapshots", CheckResult.FAIL)


def test_what_fails_afterwards_says_that_a_check_was_forced() -> None:
    kept = replace(INSPECTED, facts=replace(FACTS, snapshots=("before",)))
    passed = decide(validating("Snapshots", source=source(Goal.INSPECTED, kept)), NOON).journal
    forced = replace(VALIDATED, checks=passed.checks)
    failed = source(Goal.PREPARED, replace(INSPECTED, failure=Failure(Reason.LIBVIRT_ERROR, "no")))
    ending = decide(judged(forced, source=failed), NOON).journal.ending
    assert ending is not None
    assert ending.message == "host1: no (Snapshots failed and was forced)"


def test_failed_checks_end_the_migration_with_all_reasons() -> None:
    busy = replace(INSPECTED, facts=replace(FACTS, view=replace(FACTS.view, job=Job.OTHER)))
    decision = decide(judged_unproven(source=source(Goal.INSPECTED, busy)), NOON)
    assert ended(decision) is Reason.GUEST_BUSY
    assert decision.message.startswith("2 checks failed. NoJob: ")
    assert decision.message.endswith(". Then create a new VMMigration. Putting everything back")
    assert "Disks: disk vda" in decision.message
    assert decision.journal.switchover is None
    assert len([check for check in decision.journal.checks if check.stops]) == 2


def test_one_failed_check_is_told_as_one() -> None:
    decision = decide(judged_unproven(), NOON)
    assert decision.message.startswith("1 check failed. ")


def test_a_vm_that_a_third_host_lists_too_is_seen_by_the_checks() -> None:
    decision = decide(judged(hypervisors=(*HOSTS, host("host3", listed()))), NOON)
    assert ended(decision) is Reason.VM_AMBIGUOUS
    assert "host3" in decision.message


@pytest.mark.parametrize(
    ("told", "now", "result"),
    [(8 * GIB, 0, CheckResult.FAIL), (0, 8 * GIB, CheckResult.PASS), (0, None, CheckResult.FAIL)],
    ids=["taken since", "freed since", "an older agent"],
)
def test_memory_is_judged_by_what_the_destination_told_when_it_was_inspected(
    told: int, now: int | None, result: CheckResult
) -> None:
    status = replace(HOSTS[1].status, memory=Memory(16 * GIB, told))
    known = None if now is None else replace(now_of(HOSTS[1]), memory=Memory(16 * GIB, now))
    looked = destination(Goal.INSPECTED, replace(READ, host=known))
    seen = judged(hypervisors=(HOSTS[0], replace(HOSTS[1], status=status)), destination=looked)
    [verdict] = [each for each in decide(seen, NOON).journal.checks if each.name == "Memory"]
    assert verdict.result is result


def now_of(host: Hypervisor) -> HostNow:
    return with_now(HostNow(), host.status)


def attached_to(host: Hypervisor, network: Network) -> Hypervisor:
    return replace(host, status=replace(host.status, networks=(network,)))


DOWN = replace(BR0, active=False, carrier=False)


@pytest.mark.parametrize(
    ("told", "now", "failed"),
    [(BR0, DOWN, ["Networks"]), (DOWN, BR0, []), (BR0, replace(BR0, mtu=1400), ["MTU"])],
    ids=["down since", "up since", "smaller since"],
)
def test_networks_are_judged_by_what_the_destination_told_when_it_was_inspected(
    told: Network, now: Network, failed: list[str]
) -> None:
    seen = now_of(attached_to(HOSTS[1], now))
    looked = destination(Goal.INSPECTED, replace(READ, host=seen))
    both = judged(hypervisors=(HOSTS[0], attached_to(HOSTS[1], told)), destination=looked)
    checks = decide(both, NOON).journal.checks
    assert [each.name for each in checks if each.stops] == failed


def test_the_sources_networks_are_judged_by_what_it_told_when_it_was_inspected() -> None:
    large = replace(BR0, mtu=9000)
    looked = source(Goal.INSPECTED, replace(INSPECTED, host=now_of(attached_to(HOSTS[0], large))))
    checks = decide(judged(source=looked), NOON).journal.checks
    assert [each.name for each in checks if each.stops] == ["MTU"]


def test_a_secret_that_was_defined_since_is_known() -> None:
    seen = replace(now_of(HOSTS[1]), secrets=("a-secret",))
    known = plan.known(judged(destination=destination(Goal.INSPECTED, replace(READ, host=seen))))
    assert known is not None
    assert known.secrets == ("a-secret",)


@pytest.mark.parametrize(
    "lacking",
    [
        judged(hypervisors=(host("host1", listed()),)),
        judged(hypervisors=(host("host2"),)),
        judged(source=source(Goal.INSPECTED, replace(INSPECTED, facts=None))),
    ],
    ids=["no destination", "no source", "no facts"],
)
def test_checks_without_their_facts_did_not_run_and_pass_nothing(lacking: Observation) -> None:
    decision = decide(lacking, NOON)
    assert decision.journal.switchover is None
    assert decision.journal.checks == ()
    assert decision.phase is Phase.VALIDATING


def test_checks_need_both_tasks_and_the_vm() -> None:
    for missing in (judged(source=None), judged(destination=None), judged(replace(BEGUN, vm=None))):
        assert preflight.validate(missing, LIFE[4], NOON).journal.switchover is None


# preparation


def plans(observed: Observation) -> list[WriteSpec]:
    acts = decide(observed, NOON).acts
    return [act for act in acts if isinstance(act, WriteSpec)]


def test_both_hosts_are_prepared_with_one_plan() -> None:
    first, second = plans(judged(VALIDATED))
    assert (first.task, second.task) == (SOURCE_TASK, DESTINATION_TASK)
    assert first.spec.goal is second.spec.goal is Goal.PREPARED
    assert first.spec.plan == second.spec.plan
    plan = first.spec.plan
    assert plan is not None
    assert (plan.switchover, plan.resume_when) == (Switchover.FAST, None)
    assert plan.destination_uri == "qemu+tls://address-of-host2/system"
    assert plan.migrate_uri == "tcp://address-of-host2"
    assert plan.run_mark == VALIDATED.attempts[0].run_mark
    assert (plan.persistent, plan.autostart, plan.paused_before, plan.unsafe) == (True, True, False, False)


def test_a_strict_plan_says_on_whose_word_the_guest_goes_on() -> None:
    plan = plans(judged(STRICT_CHOICE))[0].spec.plan
    assert plan is not None
    assert plan.resume_when == ResumeWhen(SOURCE_TASK, 1)


def test_a_guest_that_was_paused_is_never_let_go_on() -> None:
    view = replace(FACTS.view, state=DomainState.PAUSED, reason=StateReason.USER)
    paused = source(Goal.INSPECTED, replace(INSPECTED, facts=replace(FACTS, view=view)))
    plan = plans(judged(STRICT_CHOICE, source=paused))[0].spec.plan
    assert plan is not None
    assert plan.paused_before
    assert plan.resume_when is None


def test_what_the_user_takes_upon_himself_is_in_the_plan() -> None:
    spec = replace(BOTH.migration.spec, safety=Safety(unsafe=True))
    observed = judged(VALIDATED)
    plan = plans(replace(observed, migration=replace(observed.migration, spec=spec)))[0].spec.plan
    assert plan is not None
    assert plan.unsafe


def test_a_plan_that_one_task_has_is_the_others_too() -> None:
    written = replace(FAST, migrate_uri="tcp://the-first-plan")
    [act] = plans(judged(VALIDATED, source=source(Goal.PREPARED, INSPECTED, written)))
    assert (act.task, act.spec.plan) == (DESTINATION_TASK, written)
    [act] = plans(judged(VALIDATED, destination=destination(Goal.PREPARED, READ, written)))
    assert (act.task, act.spec.plan) == (SOURCE_TASK, written)


def preparing(source_: Task, destination_: Task) -> Observation:
    return judged(VALIDATED, source=source_, destination=destination_)


def test_while_the_hosts_prepare_nothing_is_written_twice() -> None:
    decision = decide(
        preparing(source(Goal.PREPARED, INSPECTED, FAST), destination(Goal.PREPARED, READ, FAST)), NOON
    )
    assert decision.acts == ()
    assert decision.phase is Phase.PREPARING
    assert "fast switchover: locks hold" in decision.message


@pytest.mark.parametrize("role", [Role.SOURCE, Role.DESTINATION])
def test_what_a_preparing_host_waits_for_is_told(role: Role) -> None:
    waits = role is Role.SOURCE
    here = replace(INSPECTED, waiting=WAITING if waits else None)
    there = replace(READ, waiting=None if waits else WAITING)
    decision = decide(
        preparing(source(Goal.PREPARED, here, FAST), destination(Goal.PREPARED, there, FAST)), NOON
    )
    assert "libvirtd is away" in decision.message


def test_a_preparation_that_fails_or_takes_too_long_ends_the_migration() -> None:
    failed = preparing(
        source(Goal.PREPARED, INSPECTED, FAST),
        destination(Goal.PREPARED, replace(READ, failure=FAILURE), FAST),
    )
    assert "host2: disk on fire" in decide(failed, NOON).message
    slow = preparing(source(Goal.PREPARED, INSPECTED, FAST), destination(Goal.PREPARED, READ, FAST))
    assert ended(decide(slow, later(300))) is Reason.START_TIMEOUT


@pytest.mark.parametrize("lost", ["source", "destination"])
def test_a_task_that_somebody_deleted_meanwhile_ends_the_migration(lost: str) -> None:
    decision = decide(judged(VALIDATED, **{lost: None}), NOON)
    assert decision.journal.ending is not None
    assert lost in decision.message


def test_a_plan_needs_the_facts() -> None:
    with pytest.raises(ValueError, match="Validate comes first"):
        decide(judged(VALIDATED, source=source(Goal.INSPECTED, replace(INSPECTED, facts=None))), NOON)


# the road, looked down once more

CLOSED = replace(ROAD, answer=Answer.REFUSED, message="connection refused", shown=None, knock=None)


def looked(road: Road, look: int = 0, looks: int = 0) -> Observation:
    """The source's last look, and how often it was asked for another one."""
    status = replace(INSPECTED, outlook=replace(OUTLOOK, roads=(road,), look=look))
    task = source(Goal.INSPECTED, status)
    return judged(source=replace(task, spec=replace(task.spec, looks=looks)))


@pytest.mark.parametrize("road", [CLOSED, replace(ROAD, shown=None)], ids=["closed", "hangs"])
def test_a_libvirtd_that_did_not_answer_is_looked_for_once_more(road: Road) -> None:
    decision = decide(looked(road), NOON)
    assert decision.journal.ending is None
    [act] = decision.acts
    assert isinstance(act, WriteSpec)
    assert (act.task, act.spec.looks) == (SOURCE_TASK, 1)


def test_the_second_look_is_waited_for_until_the_start_timeout() -> None:
    waiting = decide(looked(CLOSED, look=0, looks=1), NOON)
    assert (waiting.acts, waiting.journal.ending) == ((), None)
    assert ended(decide(looked(CLOSED, look=0, looks=1), later(300))) is Reason.START_TIMEOUT


def test_what_the_second_look_finds_decides() -> None:
    assert ended(decide(looked(CLOSED, look=1, looks=1), NOON)) is Reason.CHECKS_FAILED
    assert decide(looked(ROAD, look=1, looks=1), NOON).journal.ending is None


def test_a_libvirtd_that_answered_is_not_looked_for_again() -> None:
    assert decide(looked(ROAD), NOON).journal.switchover is not None


# the source's call, listened for once more

UNHEARD = replace(CONTACT, arrival=Arrival.MISSED)


def heard(contact: Contact | None, looks: int = 0, road: Road = ROAD) -> Observation:
    """What the destination tells, and how often it was asked to listen once more."""
    task = destination(Goal.INSPECTED, replace(READ, contact=contact))
    asked = replace(task, spec=replace(task.spec, looks=looks))
    return replace(looked(road, look=1, looks=1), destination=asked)


def test_the_destination_is_told_to_listen_for_what_the_source_offers() -> None:
    [act] = decide(observation(BEGUN, LOOKED_AT), NOON).acts
    assert isinstance(act, CreateTask)
    assert act.spec.contact
    assert act.spec.contact.address == "address-of-host2"
    [act] = decide(observation(BEGUN, source(Goal.INSPECTED, replace(INSPECTED, offer=None))), NOON).acts
    assert isinstance(act, CreateTask)
    assert act.spec.contact is None


def test_a_call_that_was_missed_is_listened_for_once_more_as_soon_as_the_source_is_known_to_be_there() -> (
    None
):
    unsure = replace(heard(UNHEARD), source=LOOKED_AT)
    for observed, asked in ((unsure, SOURCE_TASK), (heard(UNHEARD), DESTINATION_TASK)):
        decision = decide(observed, NOON)
        assert decision.journal.ending is None
        [act] = decision.acts
        assert isinstance(act, WriteSpec)
        assert (act.task, act.spec.looks) == (asked, 1)


def test_until_the_source_has_answered_nobody_listens_once_more() -> None:
    waiting = decide(replace(heard(UNHEARD), source=looked(ROAD, look=0, looks=1).source), NOON)
    assert (waiting.acts, waiting.journal.ending) == ((), None)


def test_the_second_call_is_waited_for_until_the_start_timeout() -> None:
    waiting = decide(heard(UNHEARD, looks=1), NOON)
    assert (waiting.acts, waiting.journal.ending) == ((), None)
    late = decide(heard(UNHEARD, looks=1), later(300))
    assert ended(late) is Reason.START_TIMEOUT
    assert "host2 had not listened once more" in late.message


def test_what_the_second_call_brings_decides() -> None:
    failed = decide(heard(replace(UNHEARD, look=1), looks=1), NOON)
    assert ended(failed) is Reason.CHECKS_FAILED
    assert "MigrationPort: host1 does not reach port 49215 of host2" in failed.message
    assert decide(heard(replace(CONTACT, look=1), looks=1), NOON).journal.ending is None


@pytest.mark.parametrize("contact", [CONTACT, replace(CONTACT, arrival=Arrival.NOT_TRIED), None])
def test_no_second_call_is_asked_for_where_it_would_tell_nothing_new(contact: Contact | None) -> None:
    assert not [act for act in decide(heard(contact), NOON).acts if isinstance(act, WriteSpec)]
    assert not decide(heard(UNHEARD, road=CLOSED), NOON).acts
