"""An encrypted disk goes only where its secret is, copied or kept."""

import pytest
from msgspec.structs import replace

from godwit.domain.disks import DiskAction
from godwit.domain.guest import DiskFacts
from godwit.domain.storage import Topic, copies, refusals

from .known import DISK, GIB, LOCAL, MUST_EXIST, NETWORK, RAW, THERE, known, line, told

HEAD_BYTES = 2_068_480
LUKS_THERE = replace(THERE, luks_header_bytes=0)
SECRET = "0000-secret"  # noqa: S105 - the name of one


def locked(disk: DiskFacts) -> DiskFacts:
    return replace(disk, encrypted=True, secret=SECRET)


@pytest.mark.parametrize(
    "disk", [locked(DISK), locked(LOCAL), locked(NETWORK)], ids=["shared", "local", "network"]
)
def test_an_encrypted_disk_without_its_secret_on_the_destination_is_refused_by_its_name(
    disk: DiskFacts,
) -> None:
    facts = known(disk, wish=MUST_EXIST, there=(LUKS_THERE,))
    [refusal] = told(facts)
    assert refusal.topic is Topic.ENCRYPTION
    assert f"no secret {SECRET}" in refusal.why
    assert f"disk {disk.target}" in refusal.about
    assert line(facts, disk.target).action is DiskAction.REFUSE


@pytest.mark.parametrize(
    "disk", [locked(DISK), locked(LOCAL), locked(NETWORK)], ids=["shared", "local", "network"]
)
def test_with_its_secret_there_it_goes(disk: DiskFacts) -> None:
    facts = replace(known(disk, wish=MUST_EXIST, there=(LUKS_THERE,)), secrets=("other", SECRET))
    assert refusals(facts) == ()


def test_an_encrypted_image_is_never_made() -> None:
    facts = replace(known(locked(LOCAL)), secrets=(SECRET,))
    [refusal] = told(facts)
    assert "makes no encrypted image" in refusal.why
    assert "MustExist" in refusal.remedy


def test_a_secret_that_is_not_named_can_not_be_looked_for() -> None:
    facts = replace(known(replace(DISK, encrypted=True)), secrets=("",))
    assert "names no secret" in told(facts)[0].why


def raw(*, encrypted: bool, head: int | None) -> DiskFacts:
    assert RAW.image is not None
    image = replace(RAW.image, virtual_size_bytes=GIB - (head or 0), luks_header_bytes=head)
    return replace(RAW, encrypted=encrypted, secret=SECRET if encrypted else "", image=image)


def onto(disk: DiskFacts, size: int, head: int | None) -> list[str]:
    """Why that disk is not copied onto an image of that size."""
    there = replace(
        THERE, path=disk.path, format=disk.format, virtual_size_bytes=size, luks_header_bytes=head
    )
    facts = replace(known(disk, wish=MUST_EXIST, there=(there,)), secrets=(SECRET,))
    return [refusal.why for refusal in told(facts)]


def test_an_encrypted_raw_image_is_copied_onto_one_of_the_same_content_size() -> None:
    disk = replace(raw(encrypted=True, head=HEAD_BYTES), virtual_size_bytes=GIB - HEAD_BYTES)
    assert onto(disk, GIB - HEAD_BYTES, HEAD_BYTES) == []
    assert onto(disk, GIB - HEAD_BYTES, HEAD_BYTES // 2) == []
    assert ["larger" in why for why in onto(disk, GIB, HEAD_BYTES)] == [True]


@pytest.mark.parametrize("disk", [locked(LOCAL), raw(encrypted=True, head=0)], ids=["qcow2", "raw"])
def test_an_encrypted_disk_is_not_copied_onto_an_image_that_is_none(disk: DiskFacts) -> None:
    [why] = onto(disk, GIB, None)
    assert "is not encrypted" in why


def test_a_plain_qcow2_is_not_copied_onto_an_encrypted_one() -> None:
    [why] = onto(LOCAL, GIB, 0)
    assert "is encrypted" in why


def test_what_a_guest_encrypts_on_its_plain_raw_disk_is_content_like_any_other() -> None:
    disk = raw(encrypted=False, head=HEAD_BYTES)
    [copy] = copies(known(disk))
    assert copy.virtual_size_bytes == GIB


def test_a_plain_raw_image_with_the_head_of_luks_is_as_long_as_its_file() -> None:
    disk = raw(encrypted=False, head=None)
    assert onto(disk, GIB - HEAD_BYTES, HEAD_BYTES) == []
    [why] = onto(disk, GIB, HEAD_BYTES)
    assert "larger" in why


def test_what_is_told_to_make_for_an_encrypted_disk_is_encrypted() -> None:
    facts = replace(known(locked(LOCAL), wish=MUST_EXIST), secrets=(SECRET,))
    [refusal] = told(facts)
    assert "with LUKS, the same secret" in refusal.remedy
