"""Every source state with every destination state, to the end: none hurts the guest, none is forgotten."""

from collections.abc import Iterator
from itertools import product

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import Decision, WriteSpec
from godwit.domain.evidence import picture_name
from godwit.domain.guest import DomainState, GuestView, Job, StateReason
from godwit.domain.hosts.view import HostAct
from godwit.domain.migration import FINAL_PHASES, Phase
from godwit.domain.observation import Observation
from godwit.domain.plan import Plan
from godwit.domain.says import destination_says, source_says
from godwit.domain.task import Evidence, Goal, Order, Role, StopDetail, Stopped, Task
from godwit.domain.vocabulary import (
    DestinationSays,
    SourceSays,
)

from .builders import ABSENT, FAST, HOSTS, NOON, STRICT, arrived, guest, later
from .court import Court
from .steps.pairs import FAILURE, LEFT, STOPPED, answering, pair
from .test_to_the_end import DIED, ENDED, HERE, PAUSED, SHUT_DOWN, THERE, court

S, D = SourceSays, DestinationSays
PAUSED_FAST = replace(FAST, paused_before=True)
RUNS, WAITS = guest(), guest(DomainState.PAUSED, StateReason.MIGRATION)
SOURCES: dict[SourceSays, tuple[GuestView, Stopped | None]] = {
    S.JOB: (guest(job=Job.MIGRATION_OUT), None),
    S.RUNNING: (RUNS, None),
    S.PAUSED_MIGRATION: (WAITS, None),
    S.PAUSED_API_ERROR: (guest(DomainState.PAUSED, StateReason.API_ERROR), None),
    S.PAUSED_USER: (guest(DomainState.PAUSED, StateReason.USER), None),
    S.PAUSED_POSTCOPY_FAILED: (guest(DomainState.PAUSED, StateReason.POSTCOPY_FAILED), None),
    S.OFF_MIGRATED: (LEFT, STOPPED),
    S.OFF_ENDED: (ENDED, SHUT_DOWN),
    S.OFF_UNRECORDED: (ABSENT, None),
    S.OFF_UNKNOWN: (DIED, None),
    S.UNREACHABLE: (WAITS, None),
    S.FENCED: (DIED, None),
    S.OTHER: (guest(DomainState.PAUSED, StateReason.IO_ERROR), None),
}
DESTINATIONS: dict[DestinationSays, GuestView] = {
    D.NONE: ABSENT,
    D.INCOMING: replace(arrived(DomainState.PAUSED, StateReason.MIGRATION), job=Job.MIGRATION_IN),
    D.RUNNING: arrived(DomainState.RUNNING),
    D.PAUSED_FINISHED: arrived(DomainState.PAUSED, StateReason.USER),
    D.PAUSED_POSTCOPY_FAILED: arrived(DomainState.PAUSED, StateReason.POSTCOPY_FAILED),
    D.OFF: arrived(DomainState.SHUTOFF, StateReason.FAILED),
    D.OFF_BY_USER: arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN),
    D.CRASHED: arrived(DomainState.CRASHED),
    D.UNREACHABLE: arrived(DomainState.RUNNING),
    D.FENCED: arrived(DomainState.SHUTOFF, StateReason.UNKNOWN),
    D.OTHER: arrived(DomainState.PAUSED, StateReason.IO_ERROR),
}
SILENT = {S.UNREACHABLE, S.FENCED}, {D.UNREACHABLE, D.FENCED}
ACTING = frozenset(HostAct) - {HostAct.NONE}


def observed(s: SourceSays, d: DestinationSays, plan: Plan, *, asked: bool) -> Observation:
    (here, stopped), there = SOURCES[s], DESTINATIONS[d]
    if not plan.persistent:
        here, there = _transient(here), _transient(there)
    seen = pair(here, there, stopped=stopped, plan=plan, failure=FAILURE, asked=asked)
    assert seen.destination is not None
    ran = replace(seen.destination.status, resumed_at=NOON if d is D.OFF_BY_USER else None)
    ready = (s not in SILENT[0], d not in SILENT[1])
    fenced = [host.name for host, says in zip(HOSTS, (s, d), strict=True) if says in (S.FENCED, D.FENCED)]
    return replace(
        seen,
        destination=replace(seen.destination, status=ran),
        hypervisors=tuple(replace(host, ready=is_) for host, is_ in zip(HOSTS, ready, strict=True)),
        fenced=frozenset(fenced),
    )


def _transient(view: GuestView) -> GuestView:
    return replace(view, persistent=False) if view.active else ABSENT


def pairs(*, asked: bool) -> Iterator[tuple[SourceSays, DestinationSays, Observation]]:
    """All of them, fast and strict, of guests that ran or were paused, persistent or transient."""
    for s, d, plan, persistent in product(S, D, (FAST, STRICT, PAUSED, PAUSED_FAST), (True, False)):
        seen = observed(s, d, replace(plan, persistent=persistent), asked=asked)
        if persistent:
            assert (source_says(seen), destination_says(seen)) == (s, d)
        yield s, d, seen


def guests(seen: Observation) -> tuple[GuestView, GuestView]:
    assert seen.source
    assert seen.destination
    ours, theirs = seen.source.status.evidence, seen.destination.status.evidence
    assert ours
    assert theirs
    return ours.guest, theirs.guest


def whole(views: list[GuestView]) -> int:
    return sum(view.active and view.job is not Job.MIGRATION_IN for view in views)


def running(views: list[GuestView]) -> int:
    return sum(view.state is DomainState.RUNNING for view in views)


def test_no_pair_loses_the_guest_or_lets_a_second_copy_run() -> None:
    for s, d, seen in pairs(asked=False):
        before = list(guests(seen))
        settled = Court(seen, *before).settle()
        after = list(settled.guests.values())
        told = f"{s}; {d}: {settled.acts} {settled.message}"
        assert whole(after) >= min(1, whole(before)), told
        assert running(after) <= max(1, running(before)), told


def test_every_pair_comes_to_an_end_a_question_or_a_job_that_is_watched() -> None:
    for s, d, seen in pairs(asked=False):
        phase = Court(seen, *guests(seen)).settle().migration.status.phase
        if s is S.JOB:
            assert phase in (Phase.MIGRATING, Phase.SWITCHING_OVER)
        else:
            assert phase in FINAL_PHASES | {Phase.NEEDS_ATTENTION}, f"{s}; {d}: {phase}"


def test_a_phase_says_where_the_guest_is() -> None:
    for s, d, seen in pairs(asked=False):
        settled = Court(seen, *guests(seen)).settle()
        here, there = settled.guests[HERE], settled.guests[THERE]
        match settled.migration.status.phase:
            case Phase.SUCCEEDED:
                assert not here.active or s in SILENT[0], f"{s}; {d}"
            case Phase.FAILED:
                assert not there.active or d in SILENT[1], f"{s}; {d}"


def test_a_host_that_does_not_answer_is_never_said_to_have_done_anything() -> None:
    for s, d, seen in pairs(asked=False):
        settled = Court(seen, *guests(seen)).settle()
        assert s not in SILENT[0] or settled.did(HERE) == []
        assert d not in SILENT[1] or settled.did(THERE) == []


# fresh evidence


def irreversible(decision: Decision) -> bool:
    """An ending, a commit, an order or a goal."""
    journal = decision.journal
    told = [act for act in decision.acts if isinstance(act, WriteSpec)]
    orders = any(act.spec.order or act.spec.goal in (Goal.RELEASED, Goal.ROLLED_BACK) for act in told)
    return bool(orders or journal.ending or journal.committed_at or journal.verdict)


def test_nothing_is_decided_for_good_before_everybody_who_can_was_asked() -> None:
    for s, d, seen in pairs(asked=False):
        decision = decide(seen, NOON)
        assert not irreversible(decision), f"{s}; {d}"
        if s is S.JOB:
            continue
        asked = {act.task for act in decision.acts if isinstance(act, WriteSpec) and act.spec.challenge}
        can_answer = {
            task.name
            for task, silent in ((seen.source, s in SILENT[0]), (seen.destination, d in SILENT[1]))
            if task and not silent
        }
        assert asked >= can_answer, f"{s}; {d}"


@pytest.mark.parametrize("stale", list(Role))
def test_an_answer_to_an_older_picture_is_none(stale: Role) -> None:
    for s, d, seen in pairs(asked=False):
        if s in SILENT[0] if stale is HERE else d in SILENT[1]:
            continue
        answered = answering(seen, NOON)
        task = answered.source if stale is HERE else answered.destination
        assert task is not None
        assert task.status.evidence is not None
        old = with_evidence(answered, task, replace(task.status.evidence, challenge="there.0"))
        assert not irreversible(decide(old, NOON)), f"{s}; {d}"


def test_the_same_pairs_are_decided_once_the_answers_are_fresh() -> None:
    decided = 0
    for _, _, seen in pairs(asked=False):
        decided += irreversible(decide(answering(seen, NOON), NOON))
    assert decided > 100


@pytest.mark.parametrize("renamed", list(Role))
def test_an_agent_that_started_anew_makes_the_others_answer_old(renamed: Role) -> None:
    for s, d, seen in pairs(asked=False):
        if s in SILENT[0] or d in SILENT[1]:
            continue
        answered = answering(seen, NOON)
        task = answered.source if renamed is HERE else answered.destination
        assert task is not None
        assert task.status.evidence is not None
        another = with_evidence(answered, task, replace(task.status.evidence, agent="new"))
        assert not irreversible(decide(another, NOON)), f"{s}; {d}"


def with_evidence(seen: Observation, task: Task, evidence: Evidence) -> Observation:
    told = replace(task, status=replace(task.status, evidence=evidence))
    return replace(seen, **{"source" if task.spec.role is HERE else "destination": told})


# orders and their withdrawal


def test_an_order_that_follows_from_nothing_any_more_is_withdrawn() -> None:
    """An agent that was away must not find it when it comes back: its guest may be the last copy by then."""
    case = court(WAITS, arrived(DomainState.RUNNING))
    told = answering(case.observed, NOON)
    [order] = decide(told, NOON).acts
    assert isinstance(order, WriteSpec)
    assert order.spec.order is not None
    assert told.source is not None
    assert told.source.status.evidence is not None
    assert order.spec.order_evidence == picture_name(told.source.status.evidence)
    given = replace(told, source=replace(told.source, spec=order.spec))
    fallen_silent = replace(given, hypervisors=(HOSTS[0], replace(HOSTS[1], ready=False)))
    withdrawn = [act for act in decide(fallen_silent, later(60)).acts if isinstance(act, WriteSpec)]
    assert [act.spec.order for act in withdrawn if act.task == order.task] == [None]


def test_what_a_roll_back_was_told_stays_while_its_host_is_silent() -> None:
    """Else the operator would give it and withdraw it for ever."""
    case = court(DIED, ABSENT)
    assert case.observed.source is not None
    seen = answering(case.observed, NOON)
    ending = decide(seen, NOON)
    silent = tuple(replace(host, ready=host.name != "host1") for host in HOSTS)
    seen = replace(seen, hypervisors=silent, migration=replace(seen.migration, status=ending.journal))
    settled = Court(seen, DIED, ABSENT).settle()
    assert settled.migration.status.phase is Phase.NEEDS_ATTENTION
    assert settled.observed.source is not None
    assert settled.observed.source.spec.order is Order.START_IF_AUTOSTART
    settled.observed = replace(settled.observed, hypervisors=HOSTS)
    assert settled.settle().guests[HERE].state is DomainState.RUNNING


def test_a_destination_that_is_rolled_back_has_nothing_and_is_not_asked_again() -> None:
    died = court(DIED, arrived(DomainState.PAUSED, StateReason.USER)).observed
    assert died.destination is not None
    gone = replace(died.destination, status=replace(died.destination.status, reached=Goal.ROLLED_BACK))
    seen = replace(died, destination=gone)
    assert destination_says(seen) is D.NONE
    assert not [act for act in decide(seen, NOON).acts if getattr(act, "task", "") == gone.name]
    decided = decide(answering(seen, NOON), NOON)
    assert decided.journal.ending is not None


def test_stops_are_read_by_their_detail() -> None:
    for detail in (StopDetail.SAVED, StopDetail.FAILED, StopDetail.OTHER):
        seen = pair(DIED, ABSENT, stopped=Stopped(detail, NOON))
        assert source_says(seen) is S.OFF_UNKNOWN
