"""Which pairs of states are left to a person, and who is seen to run twice."""

import pytest

from faultkit.resolution import offered
from faultkit.sampler import Sample, two_at_once
from faultkit.settle import undecidable


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("running", "absent"),
        ("running", "paused"),
        ("running", "shut off"),
        ("paused", "absent"),
        ("paused", "running"),
        ("paused", "paused"),
        ("shut off", "running"),
        ("absent", "running"),
    ],
)
def test_a_pair_that_the_table_decides_is_left_to_nobody(source: str, destination: str) -> None:
    assert not undecidable(source, destination, may_be_dead=False)


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("shut off", "paused"),
        ("absent", "paused"),
        ("shut off", "absent"),
        ("absent", "shut off"),
        ("running", "running"),
    ],
)
def test_a_pair_that_the_table_does_not_decide_may_be_left_to_a_person(source: str, destination: str) -> None:
    assert undecidable(source, destination, may_be_dead=False)


def test_a_guest_that_was_started_again_may_be_left_to_a_person() -> None:
    assert undecidable("running", "shut off", may_be_dead=True)


def samples(*states: tuple[str, str]) -> list[Sample]:
    """One each second."""
    return [
        Sample(float(at), at + 0.1, {"host1": host1, "host2": host2})
        for at, (host1, host2) in enumerate(states)
    ]


def test_a_guest_seen_on_both_hosts_in_one_look_was_switching_over() -> None:
    assert two_at_once(samples(("running", "paused"), ("running", "running"), ("absent", "running"))) == []


def test_a_guest_seen_on_both_hosts_in_two_looks_ran_twice() -> None:
    [found] = two_at_once(samples(("running", "running"), ("running", "running")))
    assert found == "it ran on host1 and host2 at once, for 1.1 s at least"


def test_a_copy_that_only_waits_does_not_run() -> None:
    assert two_at_once(samples(("running", "paused"), ("running", "paused"))) == []


def test_what_a_message_explains_is_offered() -> None:
    both = "spec.resolution KeepSource: the copy on host2 is destroyed. KeepDestination: the other one"
    assert offered(both) == ["KeepSource", "KeepDestination"]
    assert offered("KeepSource can't be had any more") == []
