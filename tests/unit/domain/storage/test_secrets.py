"""An encrypted disk goes only where its secret is, copied or kept."""

import pytest
from msgspec.structs import replace

from godwit.domain.disks import DiskAction
from godwit.domain.guest import DiskFacts
from godwit.domain.storage import Topic, refusals

from .known import DISK, LOCAL, MUST_EXIST, NETWORK, THERE, known, line, told

SECRET = "0000-secret"  # noqa: S105 - the name of one


def locked(disk: DiskFacts) -> DiskFacts:
    return replace(disk, encrypted=True, secret=SECRET)


@pytest.mark.parametrize(
    "disk", [locked(DISK), locked(LOCAL), locked(NETWORK)], ids=["shared", "local", "network"]
)
def test_an_encrypted_disk_without_its_secret_on_the_destination_is_refused_by_its_name(
    disk: DiskFacts,
) -> None:
    facts = known(disk, wish=MUST_EXIST, there=(THERE,))
    [refusal] = told(facts)
    assert refusal.topic is Topic.ENCRYPTION
    assert f"no secret {SECRET}" in refusal.why
    assert f"disk {disk.target}" in refusal.about
    assert line(facts, disk.target).action is DiskAction.REFUSE


@pytest.mark.parametrize(
    "disk", [locked(DISK), locked(LOCAL), locked(NETWORK)], ids=["shared", "local", "network"]
)
def test_with_its_secret_there_it_goes(disk: DiskFacts) -> None:
    facts = replace(known(disk, wish=MUST_EXIST, there=(THERE,)), secrets=("other", SECRET))
    assert refusals(facts) == ()


def test_an_encrypted_image_is_never_made() -> None:
    facts = replace(known(locked(LOCAL)), secrets=(SECRET,))
    [refusal] = told(facts)
    assert "makes no encrypted image" in refusal.why
    assert "MustExist" in refusal.remedy


def test_a_secret_that_is_not_named_can_not_be_looked_for() -> None:
    facts = replace(known(replace(DISK, encrypted=True)), secrets=("",))
    assert "names no secret" in told(facts)[0].why
