"""`spec.resolution` in each kind of `NeedsAttention`: what it says first, and what it does then."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.guest import DomainState, GuestView, StateReason
from godwit.domain.hosts.view import HostAct
from godwit.domain.migration import Cleanup, Outcome, Phase, Resolution
from godwit.domain.reasons import Reason
from godwit.domain.task import Goal, Order, Role, StopDetail, Stopped
from godwit.domain.vocabulary import (
    Outcome as Verdict,
)

from .builders import ABSENT, COPYING, FAST, HOSTS, NOON, STRICT, arrived, guest, later
from .court import Court
from .steps.ends import ENDING, SILENT_SOURCE
from .steps.pairs import LEFT, RUNS_THERE, STOPPED, WAITS_THERE
from .test_to_the_end import ANEW, DIED, ENDED, HERE, PAUSED, SHUT_DOWN, THERE, WAITS, court, reason, verdict

SOURCE, DESTINATION = Resolution.KEEP_SOURCE, Resolution.KEEP_DESTINATION
CRASHED_THERE = arrived(DomainState.CRASHED)
FAILED_THERE = arrived(DomainState.SHUTOFF, StateReason.FAILED)
UNSAFE = guest(DomainState.PAUSED, StateReason.IO_ERROR)
PAUSED_AGAIN = guest(DomainState.PAUSED, StateReason.USER)
GONE = replace(ABSENT)


def asked(case: Court) -> Court:
    """Until somebody is asked."""
    settled = case.settle()
    assert settled.migration.status.phase is Phase.NEEDS_ATTENTION, settled.message
    assert (settled.did(HERE), settled.did(THERE)) == ([], []), "nothing is touched before"
    return settled


UNDECIDED = {
    "started anew, the copy waits": (ANEW, WAITS_THERE, {"plan": STRICT}),
    "died, the copy waits": (DIED, WAITS_THERE, {"plan": STRICT}),
    "ended, the copy waits": (ENDED, WAITS_THERE, {"plan": STRICT, "stopped": SHUT_DOWN}),
    "waits, the copy is silent": (WAITS, RUNS_THERE, {"silent": THERE}),
    "left, the copy crashed": (LEFT, CRASHED_THERE, {"stopped": STOPPED}),
    "left, the copy is gone": (LEFT, ABSENT, {"stopped": STOPPED}),
    "left, the copy is silent": (LEFT, RUNS_THERE, {"stopped": STOPPED, "silent": THERE}),
    "waits, the copy failed to start": (WAITS, FAILED_THERE, {}),
    "an I/O error stopped it": (UNSAFE, ABSENT, {}),
    "somebody paused it, and the copy failed to start": (PAUSED_AGAIN, FAILED_THERE, {}),
    "silent, the copy runs": (RUNS_THERE, RUNS_THERE, {"silent": HERE}),
    "silent, the copy waits": (LEFT, WAITS_THERE, {"silent": HERE, "plan": STRICT}),
}
KINDS = [pytest.param(*case, id=name) for name, case in UNDECIDED.items()]
CAN_KEEP_DESTINATION = [
    pytest.param(*UNDECIDED[name], id=name)
    for name in (
        "started anew, the copy waits",
        "died, the copy waits",
        "ended, the copy waits",
        "silent, the copy runs",
        "silent, the copy waits",
    )
]


@pytest.mark.parametrize(("here", "there", "more"), KINDS)
def test_keep_source_destroys_the_other_copy_and_lets_the_source_go_on(
    here: GuestView, there: GuestView, more: dict[str, object]
) -> None:
    settled = asked(court(here, there, **more))  # type: ignore[arg-type]  # court's own words
    settled.resolve(SOURCE)
    status = settled.migration.status
    assert (verdict(settled), status.phase) == (Verdict.KEEP_SOURCE, Phase.FAILED)
    assert reason(settled) is Reason.RESOLVED
    silent = more.get("silent")
    if silent is not THERE:
        assert settled.guests[THERE] == ABSENT
    if silent is not HERE:
        assert settled.guests[HERE].state is DomainState.RUNNING
    assert (status.cleanup is Cleanup.PENDING) == (silent is not None)


@pytest.mark.parametrize(("here", "there", "more"), CAN_KEEP_DESTINATION)
def test_keep_destination_destroys_the_sources_copy_and_lets_the_other_go_on(
    here: GuestView, there: GuestView, more: dict[str, object]
) -> None:
    settled = asked(court(here, there, **more))  # type: ignore[arg-type]  # court's own words
    assert "KeepDestination: the copy on host1 is destroyed" in settled.message
    settled.resolve(DESTINATION)
    status = settled.migration.status
    assert (verdict(settled), status.phase) == (Verdict.KEEP_DESTINATION, Phase.SUCCEEDED)
    assert settled.guests[THERE].state is DomainState.RUNNING
    if more.get("silent") is HERE:
        assert status.cleanup is Cleanup.PENDING
    else:
        assert settled.guests[HERE] == ABSENT


@pytest.mark.parametrize(("here", "there", "more"), KINDS)
def test_the_message_says_both_outcomes_first_where_both_are_possible(
    here: GuestView, there: GuestView, more: dict[str, object]
) -> None:
    message = asked(court(here, there, **more)).message  # type: ignore[arg-type]  # court's own words
    assert "Nothing is touched" in message
    assert "spec.resolution KeepSource: the copy on host2 is destroyed, the one on host1" in message
    possible = [here, there, more] in [list(case.values) for case in CAN_KEEP_DESTINATION]
    assert ("KeepDestination" in message) == possible
    if silent := more.get("silent"):
        assert f"{'host1' if silent is HERE else 'host2'} does not answer" in message
        assert "two copies may run" in message
        assert "node.kubernetes.io/out-of-service" in message
    else:
        assert "does not answer" not in message


SHARED_DISKS = "is older than disk vda: going on with that may damage what is on them"


@pytest.mark.parametrize(
    ("case", "lost", "older"),
    [
        (court(WAITS, WAITS_THERE, plan=STRICT, ran=True), "has done on host2", "host1"),
        (court(WAITS, WAITS_THERE, plan=COPYING, ran=True), "has done on host2", ""),
        (court(WAITS, RUNS_THERE, silent=THERE), "has done on host2", "host1"),
        (court(WAITS, WAITS_THERE, plan=STRICT, silent=THERE), "may have done on host2", "host1"),
        (court(LEFT, WAITS_THERE, silent=HERE, plan=STRICT, ran=True), "has done on host2", "host1"),
        (court(LEFT, CRASHED_THERE, stopped=STOPPED), "has done on host2", ""),
        (court(DIED, WAITS_THERE, plan=STRICT), "may have done on host1", "host2"),
        (court(ENDED, WAITS_THERE, plan=COPYING, stopped=SHUT_DOWN), "may have done on host1", ""),
    ],
    ids=[
        "paused there, shared",
        "paused there, copied",
        "silent, ran there",
        "silent, may run there",
        "source silent",
        "crashed there",
        "may have run on here, shared",
        "may have run on here, copied",
    ],
)
def test_who_decides_is_told_what_is_lost_and_which_memory_is_older_than_its_disks(
    case: Court, lost: str, older: str
) -> None:
    message = asked(case).message
    assert f"What the guest {lost} since the switchover is lost" in message
    assert (f"waits on {older} {SHARED_DISKS}" in message) == bool(older)
    assert (SHARED_DISKS in message) == bool(older)


def test_who_decides_of_a_guest_that_ran_nowhere_since_is_told_of_no_loss() -> None:
    assert "is lost" not in asked(court(LEFT, ABSENT, stopped=STOPPED)).message


# what can't be kept is not destroyed for


@pytest.mark.parametrize(
    ("here", "there"), [(LEFT, ABSENT), (LEFT, CRASHED_THERE), (WAITS, FAILED_THERE)], ids=str
)
def test_a_copy_that_is_not_there_can_not_be_kept(here: GuestView, there: GuestView) -> None:
    settled = asked(court(here, there, stopped=STOPPED if here is LEFT else None)).resolve(DESTINATION)
    assert settled.migration.status.phase is Phase.NEEDS_ATTENTION
    assert verdict(settled) is None
    assert (settled.did(HERE), settled.did(THERE)) == ([], [])


def test_a_source_that_left_neither_qemu_nor_definition_can_not_be_kept() -> None:
    transient = replace(FAST, persistent=False)
    waits = replace(WAITS_THERE, persistent=False)
    settled = asked(court(GONE, waits, plan=transient))
    assert "KeepSource" not in settled.message
    settled.resolve(SOURCE)
    assert settled.migration.status.phase is Phase.NEEDS_ATTENTION
    assert settled.guests[THERE] == waits


def test_a_guest_that_its_user_had_paused_stays_paused_whichever_copy_is_kept() -> None:
    kept_there = asked(court(DIED, WAITS_THERE, plan=PAUSED)).resolve(DESTINATION)
    assert kept_there.migration.status.phase is Phase.SUCCEEDED
    assert kept_there.guests[THERE].state is DomainState.PAUSED
    waits = guest(DomainState.PAUSED, StateReason.USER)
    kept_here = asked(court(waits, CRASHED_THERE, plan=PAUSED)).resolve(SOURCE)
    assert kept_here.migration.status.phase is Phase.FAILED
    assert kept_here.guests[HERE].state is DomainState.PAUSED


# hosts that do not answer owe, and pay first


def test_a_destination_that_was_silent_removes_its_copy_when_it_returns_even_if_it_runs() -> None:
    settled = asked(court(WAITS, RUNS_THERE, silent=THERE)).resolve(SOURCE)
    assert settled.observed.destination is not None
    assert settled.observed.destination.spec.order is Order.DESTROY
    assert settled.guests[THERE] == RUNS_THERE
    settled.observed = replace(settled.observed, hypervisors=HOSTS)
    settled.settle()
    assert settled.guests[THERE] == ABSENT
    assert settled.migration.status.cleanup is Cleanup.DONE


@pytest.mark.parametrize("here", [WAITS, guest(), ANEW, DIED], ids=["waits", "runs", "anew", "died"])
def test_a_source_that_was_silent_ends_its_copy_when_it_returns(here: GuestView) -> None:
    settled = asked(court(LEFT, RUNS_THERE, silent=HERE)).resolve(DESTINATION)
    assert settled.observed.source is not None
    assert settled.observed.source.spec.order is Order.DESTROY
    settled.guests[HERE] = here
    settled.observed = replace(settled.observed, hypervisors=HOSTS)
    settled.settle()
    assert settled.guests[HERE] == ABSENT
    assert settled.guests[THERE].state is DomainState.RUNNING
    assert settled.migration.status.cleanup is Cleanup.DONE


@pytest.mark.parametrize("here", [WAITS, DIED], ids=["waits", "died"])
def test_a_source_that_was_silent_goes_on_when_it_returns_if_it_was_kept(here: GuestView) -> None:
    settled = asked(court(LEFT, WAITS_THERE, silent=HERE, plan=STRICT)).resolve(SOURCE)
    assert "owed by host1" in settled.message
    settled.guests[HERE] = here
    settled.observed = replace(settled.observed, hypervisors=HOSTS)
    settled.settle()
    assert settled.guests[HERE].state is DomainState.RUNNING
    assert settled.migration.status.cleanup is Cleanup.DONE


def test_a_copy_that_falls_silent_is_waited_for_and_the_source_kept_until_it_is_seen() -> None:
    settled = asked(court(DIED, WAITS_THERE, plan=STRICT))
    settled.observed = replace(settled.observed, hypervisors=(HOSTS[0], replace(HOSTS[1], ready=False)))
    settled.resolve(DESTINATION)
    assert settled.migration.status.phase is Phase.NEEDS_ATTENTION
    assert settled.did(HERE) == []
    settled.observed = replace(settled.observed, hypervisors=HOSTS)
    assert settled.settle().migration.status.phase is Phase.SUCCEEDED


# the ways into it


def test_a_cancel_that_can_not_be_carried_out_asks_too_and_a_person_may_still_keep_either() -> None:
    for word, phase in ((SOURCE, Phase.CANCELLED), (DESTINATION, Phase.SUCCEEDED)):
        case = court(DIED, WAITS_THERE, plan=STRICT)
        assert case.observed.source is not None
        told = replace(case.observed.source.spec, goal=Goal.ROLLED_BACK)
        stopped_by = replace(ENDING, outcome=Outcome.CANCELLED, reason=Reason.CANCELLED)
        status = replace(case.migration.status, ending=stopped_by)
        case.observed = replace(
            case.observed,
            migration=replace(case.migration, status=status),
            source=replace(case.observed.source, spec=told),
        )
        settled = asked(case).resolve(word)
        assert settled.migration.status.phase is phase, settled.message
        runs = HERE if word is SOURCE else THERE
        assert settled.guests[runs].state is DomainState.RUNNING


def test_a_source_that_had_answered_too_late_may_still_be_kept() -> None:
    case = court(LEFT, CRASHED_THERE, stopped=STOPPED)
    assert case.observed.source is not None
    late = replace(
        case.observed.source,
        spec=replace(case.observed.source.spec, goal=Goal.ROLLED_BACK),
        status=replace(case.observed.source.status, too_late=True),
    )
    case.observed = replace(case.observed, source=late)
    settled = asked(case).resolve(SOURCE)
    assert settled.migration.status.phase is Phase.FAILED
    assert settled.did(HERE) == [HostAct.START_ANEW]


def test_a_resolution_counts_only_once_somebody_is_asked() -> None:
    case = court(LEFT, RUNS_THERE, stopped=STOPPED)
    settled = case.resolve(SOURCE)
    assert settled.migration.status.phase is Phase.SUCCEEDED
    assert settled.guests[THERE].state is DomainState.RUNNING


def test_a_word_is_written_down_before_any_host_is_told() -> None:
    settled = asked(court(DIED, WAITS_THERE, plan=STRICT))
    spec = replace(settled.migration.spec, resolution=DESTINATION)
    spoken = replace(settled.observed, migration=replace(settled.migration, spec=spec))
    decision = decide(spoken, later(60))
    assert decision.journal.verdict is Verdict.KEEP_DESTINATION
    assert decision.acts == ()


def test_nothing_is_committed_by_a_word_alone_while_the_evidence_is_old() -> None:
    case = court(DIED, RUNS_THERE)
    status = replace(case.migration.status, verdict=Verdict.KEEP_DESTINATION)
    case.observed = replace(case.observed, migration=replace(case.migration, status=status))
    assert decide(case.observed, NOON).journal.committed_at is None
    assert case.settle().migration.status.phase is Phase.SUCCEEDED


def test_a_silent_source_owes_what_a_person_decided_without_holding_anything_open() -> None:
    settled = asked(court(LEFT, RUNS_THERE, silent=HERE)).resolve(DESTINATION)
    assert settled.observed.hypervisors == SILENT_SOURCE
    assert "owed by host1" in settled.message


def test_a_stop_that_was_recorded_as_a_crash_is_no_departure() -> None:
    crashed = Stopped(StopDetail.CRASHED, NOON)
    settled = asked(court(ENDED, WAITS_THERE, plan=STRICT, stopped=crashed))
    assert settled.guests[Role.DESTINATION] == WAITS_THERE


def test_the_last_copy_of_a_guest_without_a_definition_is_not_destroyed_for_a_host_that_is_silent() -> None:
    """Its host may have lost its power with it: nobody knows before it answers."""
    plan = replace(STRICT, persistent=False)
    case = asked(court(LEFT, WAITS_THERE, silent=HERE, plan=plan))
    assert "KeepSource only once host1 answers" in case.message
    assert "KeepDestination: " in case.message
    case.resolve(Resolution.KEEP_SOURCE)
    assert case.migration.status.phase is Phase.NEEDS_ATTENTION
    assert (case.did(HERE), case.did(THERE)) == ([], [])
    assert case.guests[THERE].state is DomainState.PAUSED
