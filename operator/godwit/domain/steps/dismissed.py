"""Tasks of destinations that were given up before anything was begun there: each comes to its end.

The journal names them from before the next host is named, so they are found whatever happens. Nothing but an
inspection was ever asked of them, so nothing has to be waited for: not the source, nor each other.
"""

from msgspec.structs import replace

from godwit.domain.decision import Act, Decision, DeleteTask
from godwit.domain.observation import Observation
from godwit.domain.owing import is_paid
from godwit.domain.steps.words import move
from godwit.domain.task import Goal


def with_dismissed(observation: Observation, decision: Decision) -> Decision:
    """The same decision; before its acts, those tasks are rolled back, and go once they are."""
    if not observation.migration.finalizer:  # closed: what comes after that is an orphan
        return decision
    acts: list[Act] = []
    for task in observation.dismissed:
        if is_paid(task):
            acts.append(DeleteTask(task.name))
        else:
            acts.extend(move(task, Goal.ROLLED_BACK))
    return replace(decision, acts=(*acts, *decision.acts))
