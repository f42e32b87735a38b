"""When two agents' evidence may be believed together.

Each side's picture has a name. A challenge *is* the name of the other side's picture, so evidence that
answers it was gathered after that picture had been seen, whoever restarted or was slow in between. If both
sides answer the other's present name, neither has changed since the other looked: nothing is remembered,
nothing is timed.
"""

from godwit.domain.task import Evidence


def picture_name(evidence: Evidence) -> str:
    """Name of the state of things that `evidence` shows; another agent process or any change renames it."""
    return f"{evidence.agent}.{evidence.changed}"


def answers(evidence: Evidence, other: Evidence) -> bool:
    """`evidence` was gathered after the operator had seen what `other` shows."""
    return evidence.challenge == picture_name(other)


def fresh(one: Evidence, other: Evidence) -> bool:
    """Both looked after the other's last change: the pair was true at one moment."""
    return answers(one, other) and answers(other, one)
