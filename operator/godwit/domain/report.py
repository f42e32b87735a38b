"""observation, decision -> the whole status: every condition and figure is computed anew in every pass.

The phase is derived here, last, and nothing is ever decided from it. A pass that changes nothing gives a
status that equals the stored one, and is then not written.
"""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.conditions import Condition, ConditionStatus, kept
from godwit.domain.decision import Decision
from godwit.domain.disks import Disk
from godwit.domain.guest import JobStats
from godwit.domain.limits import AutoConverge, Limits
from godwit.domain.migration import (
    FINAL_PHASES,
    Downtime,
    Effective,
    MigrationStatus,
    Phase,
    Progress,
    Result,
    Transition,
)
from godwit.domain.observation import Observation
from godwit.domain.progress import all_sent, copied_disks, followed_disks, progress, sent_bytes
from godwit.domain.steps.images import source_images
from godwit.domain.task import Goal

MOST_TRANSITIONS = 64
MOST_MESSAGE = 4096

_T, _F, _U = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN
_WORKING = {"Succeeded": _U, "Ready": _F, "Reconciling": _T}
CONDITIONS: dict[Phase, dict[str, ConditionStatus]] = {
    Phase.SUCCEEDED: {"Succeeded": _T, "Ready": _T},
    Phase.FAILED: {"Succeeded": _F, "Ready": _F, "Stalled": _T},
    Phase.CANCELLED: {"Succeeded": _F, "Ready": _F, "Stalled": _T},
    Phase.NEEDS_ATTENTION: {"Succeeded": _U, "Ready": _F, "Stalled": _T},
}
"""`Succeeded` is the domain's word; `Ready`, `Reconciling` and `Stalled` are as kstatus reads them."""


def report(observation: Observation, decision: Decision, now: datetime) -> MigrationStatus:
    """The status that tells `decision`."""
    migration, journal = observation.migration, decision.journal
    if _is_over(migration.status, decision):
        return replace(journal, observed_generation=migration.generation)
    return replace(
        journal,
        observed_generation=migration.generation,
        phase=decision.phase,
        conditions=_conditions(observation, decision, now),
        phase_transitions=_transitions(journal, decision.phase, now),
        disks=_disks(observation, decision),
        effective=_effective(observation, journal),
        progress=_progress(observation, decision),
        result=_result(observation, decision),
    )


def _is_over(stored: MigrationStatus, decision: Decision) -> bool:
    """The end has been told: only what is owed can still change."""
    return stored.phase in FINAL_PHASES and stored.cleanup == decision.journal.cleanup


def _has_arrived(decision: Decision) -> bool:
    """A preflight alone succeeds where the guest is."""
    return decision.phase is Phase.SUCCEEDED and decision.journal.ending is None


def _conditions(observation: Observation, decision: Decision, now: datetime) -> tuple[Condition, ...]:
    migration = observation.migration
    statuses = CONDITIONS.get(decision.phase, _WORKING)
    return tuple(
        kept(
            migration.status.conditions,
            Condition(
                type=kind,
                status=status,
                reason=decision.reason.value,
                last_transition_time=now,
                message=decision.message[:MOST_MESSAGE],
                observed_generation=migration.generation,
            ),
        )
        for kind, status in statuses.items()
    )


def _transitions(journal: MigrationStatus, phase: Phase, now: datetime) -> tuple[Transition, ...]:
    if journal.phase_transitions and journal.phase_transitions[-1].phase is phase:
        return journal.phase_transitions
    return (*journal.phase_transitions, Transition(phase, now))[-MOST_TRANSITIONS:]


def _effective(observation: Observation, journal: MigrationStatus) -> Effective | None:
    """As the source's agent last said of the job; it stays when that is put back or the task is gone."""
    source = observation.source
    if source and source.spec.goal is Goal.ROLLED_BACK:
        return journal.effective
    limits = source.status.limits if source else None
    plan = source.spec.plan if source else None
    if plan is None or (limits is None and not plan.auto_converge):
        return journal.effective
    limits = limits or Limits()
    own = source.status.facts.max_downtime_milliseconds if source and source.status.facts else None
    return Effective(
        max_downtime_milliseconds=limits.max_downtime_milliseconds or own,
        bandwidth_mebibytes_per_second=limits.bandwidth_mebibytes_per_second,
        timeout_seconds=limits.timeout_seconds,
        on_timeout=limits.on_timeout,
        auto_converge=AutoConverge.ALWAYS if plan.auto_converge else AutoConverge.NEVER,
    )


def _disks(observation: Observation, decision: Decision) -> tuple[Disk, ...]:
    lines, source = decision.journal.disks, observation.source
    if source:
        lines = followed_disks(lines, source.status.synchronous)
    copied = source.status.copied if source else ()
    lines = copied_disks(lines, copied, over=_has_arrived(decision))
    return source_images(source, lines, decision.phase)


def _progress(observation: Observation, decision: Decision) -> Progress | None:
    before = decision.journal.progress
    stats = observation.source.status.progress if observation.source else None
    if _has_arrived(decision):
        return all_sent(
            before or Progress(), observation.source.status.result if observation.source else None
        )
    facts = observation.source.status.facts if observation.source else None
    memory_bytes = facts.memory_bytes if facts else 0
    told = progress(stats, before.percent if before else 0, memory_bytes) if stats else before
    over = decision.phase in FINAL_PHASES
    return replace(told, rate=0, eta="") if told and over else told


def _result(observation: Observation, decision: Decision) -> Result | None:
    journal = decision.journal
    if journal.result is not None or journal.finished_at is None or journal.unqueued_at is None:
        return journal.result
    took = journal.finished_at - journal.unqueued_at
    job = observation.source.status.result if observation.source else None
    stats = job.stats if job else JobStats()
    reported = stats.downtime_milliseconds if _has_arrived(decision) else None
    return Result(
        duration_milliseconds=int(took.total_seconds() * 1000),
        bytes=sent_bytes(job, observation.source.status.copied if observation.source else ()),
        iterations=stats.iteration,
        downtime=Downtime(reported_milliseconds=reported, observed_milliseconds=_observed(observation)),
    )


def _observed(observation: Observation) -> int | None:
    """From the source's SUSPENDED(migrated) to the destination's going on, where the clocks allow it."""
    job = observation.source.status.result if observation.source else None
    suspended = job.suspended_at if job else None
    resumed = observation.destination.status.resumed_at if observation.destination else None
    skew = observation.clock_skew
    if suspended is None or resumed is None or skew is None:
        return None
    gap = (resumed - suspended).total_seconds() - skew.destination_ahead_seconds
    return int(gap * 1000) if gap > skew.uncertainty_seconds else None
