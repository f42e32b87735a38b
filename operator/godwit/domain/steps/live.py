"""What a user may change while the job runs: it goes to the source's agent with whatever else is written."""

from msgspec.structs import replace

from godwit.domain.decision import Act, Decision, WriteSpec
from godwit.domain.limits import Limits, limits_of
from godwit.domain.observation import Observation
from godwit.domain.task import Goal

_WHILE = frozenset({Goal.PREPARED, Goal.MIGRATED})


def with_limits(observation: Observation, decision: Decision) -> Decision:
    """The same decision; the source's task has the limits that the spec asks for now."""
    source = observation.source
    if source is None or decision.journal.ending or decision.journal.committed_at:
        return decision
    wanted = limits_of(observation.migration.spec.tuning)
    if wanted == (source.spec.limits or Limits()):
        return decision
    acts: list[Act] = []
    told = False
    for act in decision.acts:
        if isinstance(act, WriteSpec) and act.task == source.name:
            told = True
            acts.append(replace(act, spec=replace(act.spec, limits=wanted)))
        else:
            acts.append(act)
    if not told and source.spec.goal in _WHILE:
        acts.append(WriteSpec(source.name, replace(source.spec, limits=wanted)))
    return replace(decision, acts=tuple(acts))
