"""What is said of a hypervisor for people: whether its agent lives, and sees what its admin has named."""

import pytest
from msgspec.structs import replace

from godwit.domain.conditions import Condition, ConditionStatus
from godwit.domain.host import Hypervisor, HypervisorSpec, HypervisorStatus, ImageDirectory
from godwit.domain.host_conditions import conditions_of

from .builders import NOON, later

GIVEN = (ImageDirectory("/var/lib/libvirt/images"), ImageDirectory("/data"))


def hypervisor(*asked: str, given: tuple[ImageDirectory, ...] = GIVEN, ready: bool = True) -> Hypervisor:
    spec = HypervisorSpec(image_directories=asked)
    status = HypervisorStatus(observed_generation=1, image_directories=given)
    return Hypervisor("host1", spec, status, ready=ready)


def about_directories(found: Hypervisor) -> Condition | None:
    return next((each for each in conditions_of(found, NOON) if each.type == "ImageDirectories"), None)


@pytest.mark.parametrize(("ready", "status"), [(True, ConditionStatus.TRUE), (False, ConditionStatus.FALSE)])
def test_an_agent_lives_or_is_silent(ready: bool, status: ConditionStatus) -> None:
    [condition] = conditions_of(replace(hypervisor(ready=ready), spec=HypervisorSpec()), NOON)
    assert (condition.type, condition.status) == ("Ready", status)


def test_directories_that_the_agent_is_given_or_that_lie_in_one_are_seen() -> None:
    seen = about_directories(hypervisor("/data/", "/var/lib/libvirt/images/vms"))
    assert seen is not None
    assert (seen.status, seen.reason) == (ConditionStatus.TRUE, "Seen")


def test_each_directory_that_the_agent_does_not_see_is_named_with_what_to_do() -> None:
    hidden = about_directories(hypervisor("/data", "/database", "/srv/vms"))
    assert hidden is not None
    assert (hidden.status, hidden.reason) == (ConditionStatus.FALSE, "NotSeen")
    assert hidden.message == (
        "the agent on host1 does not see /database, /srv/vms, so no image is made there. It sees what the "
        "chart's agent.imageDirectories names (/var/lib/libvirt/images, /data): add to these values what is "
        "missing and upgrade the release, or take it out of spec.imageDirectories"
    )
    nothing = about_directories(hypervisor("/data", given=()))
    assert nothing is not None
    assert "(nothing)" in nothing.message


def test_nothing_is_said_of_directories_that_nobody_named_or_looked_for() -> None:
    assert about_directories(replace(hypervisor(), spec=HypervisorSpec())) is None
    assert about_directories(hypervisor()) is None
    assert about_directories(replace(hypervisor("/data"), status=HypervisorStatus())) is None


def test_what_is_told_already_is_equal_and_what_is_mended_goes() -> None:
    before = hypervisor("/srv/vms")
    told = conditions_of(before, NOON)
    foreign = Condition("Theirs", ConditionStatus.TRUE, "Theirs", NOON)
    after = replace(before, status=replace(before.status, conditions=(foreign, *told)))
    assert conditions_of(after, later(60)) == (foreign, *told)
    mended = replace(after, spec=HypervisorSpec())
    assert conditions_of(mended, later(60)) == (foreign, told[0])


def test_the_time_is_that_of_the_last_change() -> None:
    before = hypervisor("/srv/vms")
    after = replace(
        hypervisor("/data"), status=replace(before.status, conditions=conditions_of(before, NOON))
    )
    lives, sees = conditions_of(after, later(60))
    assert (lives.last_transition_time, sees.last_transition_time) == (NOON, later(60))
