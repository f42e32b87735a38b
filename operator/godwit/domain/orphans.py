"""What to do about tasks that nobody answers for: their VMMigration is gone, or was closed without them.

That happens when somebody takes Godwit's finalizer away, or when of two operators one makes a task after the
other has closed the migration. There is no journal to write a verdict into, so only what needs none is done:
the source is rolled back, and the destination after it. Where the guest has left, it stays where it is.
"""

from godwit.domain.decision import Act, DeleteTask
from godwit.domain.owing import is_paid, may_bear_ours
from godwit.domain.steps.words import move
from godwit.domain.task import Goal, Role, Task


def settle_all(tasks: list[Task]) -> tuple[Act, ...]:
    """The next acts for the tasks of one migration; of several on one side at most one ever had a plan."""
    sides = [_side(tasks, role) for role in (Role.SOURCE, Role.DESTINATION)]
    acts = list(settle(*sides)) if any(sides) else []
    for task in tasks:
        if task in sides:
            continue
        if is_paid(task):
            acts.append(DeleteTask(task.name))
        else:
            acts.extend(move(task, Goal.ROLLED_BACK))
    return tuple(acts)


def _side(tasks: list[Task], role: Role) -> Task | None:
    """The task that counts; the others were only inspected, and given up."""
    found = [task for task in tasks if task.spec.role is role]
    planned = [task for task in found if task.spec.plan]
    return next(iter(planned if len(found) > 1 else found), None)


def settle(source: Task | None, destination: Task | None) -> tuple[Act, ...]:
    """The next acts; none while a host is at work, or when only a person can say which copy counts."""
    tasks = [task for task in (source, destination) if task]
    if all(is_paid(task) for task in tasks) or _lives_there(source, destination):
        return tuple(DeleteTask(task.name) for task in tasks)
    if source is None:
        touched = destination is not None and may_bear_ours(destination)
        return () if touched or destination is None else move(destination, Goal.ROLLED_BACK)
    if source.status.too_late:
        return ()
    if acts := move(source, Goal.ROLLED_BACK):
        return acts
    # The goal was moved by a fenced write: where no `starting` stands now, none can be written any more.
    back = source.status.reached is Goal.ROLLED_BACK or source.status.starting is None
    return move(destination, Goal.ROLLED_BACK) if destination and back else ()


def _lives_there(source: Task | None, destination: Task | None) -> bool:
    """The guest has left and was seen running at the destination: no host needs to remember anything."""
    if source is None or destination is None:
        return False
    return source.status.too_late and destination.status.resumed_at is not None
