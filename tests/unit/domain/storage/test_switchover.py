"""Fast only where an image lock holds on every writable disk, on both hosts, and none is copied."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DiskFacts
from godwit.domain.plan import Switchover
from godwit.domain.storage import choose_switchover, classify
from godwit.domain.task import Probe

from .known import ABSENT, BLOCK, CDROM, DEVICE, DISK, EMPTY, ISO, LOCAL, NETWORK, WRITTEN, known

ROOT = replace(DISK, target="vdr", path="/root.img")


def choice(*disks: DiskFacts, written: Probe = WRITTEN, read: Probe = WRITTEN) -> tuple[Switchover, str]:
    facts = replace(known(*disks, there=(*ABSENT, ISO, DEVICE)), written=(written,), read=(read,))
    chosen = choose_switchover(facts, classify(facts))
    return chosen.mode, chosen.why


def test_locks_that_hold_on_every_writable_disk_allow_the_fast_switchover() -> None:
    assert choice(DISK, CDROM, EMPTY)[0] is Switchover.FAST
    assert choice(replace(DISK, path="/shared//vm1.img"))[0] is Switchover.FAST


@pytest.mark.parametrize("disks", [(), (CDROM, EMPTY)], ids=["none", "read-only"])
def test_a_guest_without_a_writable_disk_has_no_lock_and_is_strict(disks: tuple[DiskFacts, ...]) -> None:
    mode, why = choice(*disks)
    assert mode is Switchover.STRICT
    assert "no writable disk" in why


def test_one_disk_that_is_copied_makes_it_strict_by_name() -> None:
    for disks in ((LOCAL,), (DISK, LOCAL), (LOCAL, DISK)):
        mode, why = choice(*disks)
        assert mode is Switchover.STRICT
        assert "disk vdb is copied" in why


def test_a_copied_disk_is_strict_on_any_file_system() -> None:
    facts = known(LOCAL)
    glusterfs = replace(WRITTEN, directory="/images")
    facts = replace(facts, read=(replace(glusterfs, token=""),), written=(glusterfs,))
    assert choose_switchover(facts, classify(facts)).mode is Switchover.STRICT


def test_one_shareable_disk_makes_it_strict_by_name() -> None:
    mode, why = choice(DISK, replace(DISK, target="vdb", shareable=True))
    assert mode is Switchover.STRICT
    assert "vdb is shareable" in why


@pytest.mark.parametrize("disk", [NETWORK, BLOCK], ids=["network", "block"])
def test_disks_without_a_known_lock_between_hosts_are_strict(disk: DiskFacts) -> None:
    assert choice(DISK, disk)[0] is Switchover.STRICT


@pytest.mark.parametrize("side", ["written", "read"])
@pytest.mark.parametrize(("file_system", "words"), [("nfs4", "nfs4"), ("", "an unknown kind")])
def test_a_file_system_whose_locks_are_not_known_to_hold_makes_it_strict(
    side: str, file_system: str, words: str
) -> None:
    probe = replace(WRITTEN, file_system=file_system)
    mode, why = choice(DISK, **{side: probe})
    assert mode is Switchover.STRICT
    assert "disk vda" in why
    assert words in why


def test_a_disk_that_no_probe_speaks_of_is_strict() -> None:
    assert choice(DISK, ROOT)[0] is Switchover.STRICT
