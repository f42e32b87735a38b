"""Whether a task's host still has something to put right: as long as it does, the task stays.

A host that was only asked to look owes nothing once its looking leaves nothing behind. A destination only
reads. A source writes tokens beside the guest's images, each after it is in its journal; nobody but its agent
knows whether there are any before it has answered.
"""

from godwit.domain.task import GOAL_ENDS, Goal, Role, Task


def is_paid(task: Task) -> bool:
    """It may go: its host has come to the end that was asked for, or was never asked for more than a look."""
    return task.status.reached in GOAL_ENDS or only_looked(task)


def only_looked(task: Task) -> bool:
    """There is nothing to roll back."""
    if task.spec.goal is not Goal.INSPECTED or task.spec.plan or task.status.created_resources:
        return False
    return task.spec.role is Role.DESTINATION or task.status.reached is Goal.INSPECTED
