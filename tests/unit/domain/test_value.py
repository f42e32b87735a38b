import msgspec
import pytest

from godwit.domain.plan import ResumeWhen
from godwit.domain.task import TaskStatus
from godwit.domain.value import from_wire, to_wire

from .builders import FACTS, NOON, STRICT


def test_a_value_survives_the_wire() -> None:
    status = TaskStatus(facts=FACTS, resuming_at=NOON)
    assert from_wire(TaskStatus, to_wire(status)) == status
    assert from_wire(type(STRICT), to_wire(STRICT)) == STRICT


def test_fields_are_camel_case_and_defaults_are_left_out() -> None:
    assert to_wire(TaskStatus(too_late=True)) == {"tooLate": True}


def test_unknown_fields_are_ignored_and_wrong_ones_refused() -> None:
    assert from_wire(ResumeWhen, {"task": "t", "attempt": 1, "mood": "good"}) == ResumeWhen("t", 1)
    with pytest.raises(msgspec.ValidationError, match="attempt"):
        from_wire(ResumeWhen, {"task": "t", "attempt": "first"})
