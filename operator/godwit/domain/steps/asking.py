"""Who is asked what, and whether what both hosts say was true at one moment.

Each side is asked about the other's present picture. Where the other can give none any more (its host does
not answer, or it is rolled back), that is the picture: so what is decided then is no older than the silence.
"""

from msgspec.structs import replace

from godwit.domain.decision import WriteSpec
from godwit.domain.evidence import picture_name
from godwit.domain.task import Goal, Order, Task, TaskSpec
from godwit.domain.vocabulary import (
    DestinationSays,
    SourceSays,
)

Says = tuple[SourceSays, DestinationSays]
"""The source, the destination."""
Orders = tuple[Order | None, Order | None]
"""To the source, to the destination."""
_OF_A_ROLL_BACK = frozenset({Order.RESUME, Order.RESUME_OR_START, Order.START_IF_AUTOSTART, Order.STAY})
QUIET = frozenset({DestinationSays.NONE, DestinationSays.INCOMING})


def picture(task: Task, says: SourceSays | DestinationSays) -> str | None:
    """What the other side is asked about; None as long as this side has not told anything."""
    evidence = task.status.evidence
    seen = picture_name(evidence) if evidence else "nothing"
    if says in (SourceSays.FENCED, DestinationSays.FENCED):
        return f"{seen}.fenced"
    if says in (SourceSays.UNREACHABLE, DestinationSays.UNREACHABLE):
        return f"{seen}.silent"
    if task.status.reached is Goal.ROLLED_BACK:
        return f"{seen}.gone"
    return seen if evidence else None


def sure(source: Task, destination: Task, says: Says) -> bool:
    """Everybody who can still answer has answered the other's present picture, and somebody can."""
    anybody = _can_answer(source, says[0]) or _can_answer(destination, says[1])
    return anybody and not unanswered(source, destination, says)


def unanswered(source: Task, destination: Task, says: Says) -> list[str]:
    """The hosts that can answer the other's present picture and have not: what they said may be old."""
    return [
        task.spec.node_name
        for task, own, other, others in (
            (source, says[0], destination, says[1]),
            (destination, says[1], source, says[0]),
        )
        if _can_answer(task, own) and not _answers(task, picture(other, others))
    ]


def writes(
    source: Task, destination: Task, says: Says, orders: Orders = (None, None)
) -> tuple[WriteSpec, ...]:
    """One write per task: the challenge, as soon as there is anything to decide, and the order.

    An order fits the picture that it was decided from, and no other: an agent that was away does not carry it
    out. One that does not follow any more is withdrawn. What a roll-back was told stays, since the other copy
    was gone before.
    """
    pictures = picture(source, says[0]), picture(destination, says[1])
    settled = says[0] is not SourceSays.JOB
    acts: list[WriteSpec] = []
    for task, other, order, asked in (
        (source, pictures[1], orders[0], settled or not _about_to_change(destination, says[1])),
        # As long as the source has a job, its picture is about to change.
        (destination, pictures[0], orders[1], settled),
    ):
        spec = _ordered(task, order)
        if asked and other is not None and task.status.reached is not Goal.ROLLED_BACK:
            spec = replace(spec, challenge=other)
        if spec != task.spec:
            acts.append(WriteSpec(task.name, spec))
    return tuple(acts)


def _about_to_change(destination: Task, says: DestinationSays) -> bool:
    """While the source's job ends: nothing has arrived, or what has waits for the source's word."""
    plan = destination.spec.plan
    waits = says is DestinationSays.PAUSED_FINISHED and plan is not None and plan.resume_when is not None
    return says in QUIET or waits


def _ordered(task: Task, order: Order | None) -> TaskSpec:
    evidence = task.status.evidence
    if order is not None and evidence is not None:
        return replace(task.spec, order=order, order_evidence=picture_name(evidence))
    kept = task.spec.goal is Goal.ROLLED_BACK and task.spec.order in _OF_A_ROLL_BACK
    return task.spec if kept else replace(task.spec, order=None, order_evidence="")


def _answers(task: Task, asked: str | None) -> bool:
    evidence = task.status.evidence
    return evidence is not None and evidence.challenge == asked


def _can_answer(task: Task, says: SourceSays | DestinationSays) -> bool:
    """A task that is rolled back takes no more evidence."""
    silent = (
        SourceSays.UNREACHABLE,
        SourceSays.FENCED,
        DestinationSays.UNREACHABLE,
        DestinationSays.FENCED,
    )
    return says not in silent and task.status.reached is not Goal.ROLLED_BACK
