"""The source's agent: whom it calls. That follows from two tasks alone, so a restarted one begins again."""

from godwit.domain.contact import ContactOrder, token_for
from godwit.domain.task import Goal, Role, Task


def awaits_call(task: Task) -> bool:
    """The destination's agent listens, or is about to."""
    spec, status = task.spec, task.status
    if spec.role is not Role.DESTINATION or spec.goal is not Goal.INSPECTED or spec.contact is None:
        return False
    if status.failure:
        return False
    return status.reached is None or (status.contact is not None and status.contact.look < spec.looks)


def order_to_call(task: Task, own: Task | None) -> ContactOrder | None:
    """Of the other host's task, where it awaits the call of `own`; None: nobody is called.

    Only with a token that was made of this very task's own does an agent send anything to an address.
    """
    order, offer = task.spec.contact, own.status.offer if own and own.spec.role is Role.SOURCE else None
    if order is None or offer is None or not awaits_call(task):
        return None
    return order if order.token == token_for(offer, task.name) else None
