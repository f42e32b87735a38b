"""Conditions, as the Kubernetes API writes them (metav1.Condition)."""

from datetime import datetime
from enum import StrEnum

import msgspec

from godwit.domain.value import Value


class ConditionStatus(StrEnum):
    """As in metav1.Condition."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class Condition(Value):
    """metav1.Condition."""

    type: str
    status: ConditionStatus
    reason: str
    last_transition_time: datetime
    message: str = ""
    observed_generation: int = 0


def find(conditions: tuple[Condition, ...], kind: str) -> Condition | None:
    """The condition of that type; None when nobody has said anything of it."""
    return next((condition for condition in conditions if condition.type == kind), None)


def kept(conditions: tuple[Condition, ...], wanted: Condition) -> Condition:
    """`wanted`, with the time of the last transition kept where the status is the same as before."""
    before = find(conditions, wanted.type)
    if before is None or before.status is not wanted.status:
        return wanted
    return msgspec.structs.replace(wanted, last_transition_time=before.last_transition_time)
