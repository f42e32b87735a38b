"""Whether a task's host still has something to put right: as long as it does, the task stays.

A host that was only asked to look owes nothing once its looking leaves nothing behind. A destination only
reads. A source writes tokens beside the guest's images, each after it is in its journal; nobody but its agent
knows whether there are any before it has answered.
"""

from godwit.domain.task import GOAL_ENDS, Goal, Role, Task


def may_bear_ours(task: Task) -> bool:
    """Without a plan nothing of the guest was touched: its marks and autostart may be another migration's."""
    return task.spec.plan is not None


def is_over(task: Task) -> bool:
    """It has reached the end that was asked for."""
    return task.spec.goal in GOAL_ENDS and task.status.reached is task.spec.goal


def is_debt(task: Task, vm_uuid: str, migration_uid: str) -> bool:
    """Another migration's, of that VM, that has to be paid before anything new is begun.

    Who was only asked to look owes nothing of the guest's.
    """
    spec = task.spec
    another = spec.vm.uuid == vm_uuid and spec.migration_ref.uid != migration_uid
    return another and spec.goal in GOAL_ENDS and may_bear_ours(task) and not is_over(task)


def is_paid(task: Task) -> bool:
    """It may go: its host has come to the end that was asked for, or was never asked for more than a look."""
    return task.status.reached in GOAL_ENDS or only_looked(task)


def only_looked(task: Task) -> bool:
    """There is nothing to roll back."""
    if task.spec.goal is not Goal.INSPECTED or may_bear_ours(task) or task.status.created_resources:
        return False
    return task.spec.role is Role.DESTINATION or task.status.reached is Goal.INSPECTED
