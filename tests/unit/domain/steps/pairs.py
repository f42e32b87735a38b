"""Two hosts' evidence that answers each other, for the tests of the switchover."""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import Decision, WriteSpec
from godwit.domain.guest import DomainState, GuestView, Job, StateReason
from godwit.domain.migration import Outcome, SwitchoverChoice
from godwit.domain.observation import Observation
from godwit.domain.plan import Plan
from godwit.domain.reasons import Reason
from godwit.domain.steps.run import ITS_OWN_MOMENT_SECONDS
from godwit.domain.task import Failure, Goal, StopDetail, Stopped, Task, TaskStatus

from ..builders import (
    ABSENT,
    FACTS,
    FAST,
    NOON,
    RUN_MARK,
    SOURCE_TASK,
    STARTING,
    VALIDATED,
    arrived,
    destination,
    evidence,
    guest,
    later,
    observation,
    source,
)

PREPARED = TaskStatus(reached=Goal.PREPARED, facts=FACTS, run_mark=RUN_MARK)
BEGUN = replace(PREPARED, starting=STARTING)
FAILURE = Failure(Reason.TLS_FAILED, "certificate unknown")
LEFT = guest(DomainState.SHUTOFF, StateReason.MIGRATED, run=None)
STOPPED = Stopped(StopDetail.MIGRATED, NOON)
RUNS_THERE = arrived(DomainState.RUNNING)
WAITS_THERE = arrived(DomainState.PAUSED, StateReason.USER)
BUSY = guest(job=Job.MIGRATION_OUT)


def pair(
    here: GuestView,
    there: GuestView,
    *,
    stopped: Stopped | None = None,
    failure: Failure | None = None,
    plan: Plan = FAST,
    asked: bool = True,
) -> Observation:
    """Both hosts' evidence, when the destination's agent has had its own moment.

    `asked` says that each answered the other's present picture.
    """
    challenges = ("there.1", "here.1") if asked else ("", "")
    ours, theirs = evidence(here, "here", challenges[0]), evidence(there, "there", challenges[1])
    status = replace(BEGUN, evidence=ours, stopped=stopped, failure=failure)
    s = source(Goal.MIGRATED, status, plan)
    d = destination(Goal.PREPARED, TaskStatus(reached=Goal.PREPARED, evidence=theirs), plan)
    journal = replace(
        VALIDATED,
        switchover=SwitchoverChoice(plan.switchover, "as the disks allow"),
        undecided_since=later(-ITS_OWN_MOMENT_SECONDS) if plan.resume_when else None,
    )
    return observation(
        journal,
        replace(s, spec=replace(s.spec, challenge=challenges[0])),
        replace(d, spec=replace(d.spec, challenge=challenges[1])),
    )


def answering(observed: Observation, now: datetime) -> Observation:
    """After both hosts' agents answered whatever the decision asks them, and saw nothing new."""
    for act in decide(observed, now).acts:
        assert isinstance(act, WriteSpec)
        observed = _answered(observed, act)
    return observed


def _answered(observed: Observation, act: WriteSpec) -> Observation:
    side = "source" if act.task == SOURCE_TASK else "destination"
    task: Task = getattr(observed, side)
    before = task.status.evidence or evidence(ABSENT, "there")
    answer = replace(before, challenge=act.spec.challenge)
    told = replace(task, spec=act.spec, status=replace(task.status, evidence=answer))
    return replace(observed, **{side: told})


def ended(decision: Decision) -> Reason:
    assert decision.journal.ending is not None
    assert decision.journal.ending.outcome is Outcome.FAILED
    assert decision.journal.committed_at is None
    return decision.journal.ending.reason
