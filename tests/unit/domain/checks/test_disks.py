from msgspec.structs import replace

from godwit.domain.checks import disks
from godwit.domain.guest import DiskKind
from godwit.domain.migration import CheckResult, Disk, DiskAction, DiskClass

from ..builders import facts

SHARED = Disk("vda", DiskKind.FILE, DiskClass.SHARED, DiskAction.KEEP, path="/shared/vm1.img")
LOCAL = Disk("vdb", DiskKind.FILE, DiskClass.LOCAL, DiskAction.REFUSE, path="/local/b.img", proof="no token")
NETWORK = Disk("vdc", DiskKind.NETWORK, DiskClass.LOCAL, DiskAction.REFUSE, proof="a network disk")


def test_a_guest_without_a_disk_has_nothing_to_prove() -> None:
    [verdict] = disks.check(facts())
    assert verdict.result is CheckResult.NOT_APPLICABLE
    assert not verdict.stops


def test_disks_that_are_kept_pass_once() -> None:
    [verdict] = disks.check(replace(facts(), disks=(SHARED, replace(SHARED, target="vdb"))))
    assert verdict.result is CheckResult.PASS


def test_each_unproven_disk_is_refused_by_its_name_with_the_missing_proof() -> None:
    first, second = disks.check(replace(facts(), disks=(SHARED, LOCAL, NETWORK)))
    assert first.stops
    assert "vdb (/local/b.img)" in first.message
    assert "no token" in first.message
    assert "host1 and host2" in first.remedy
    assert "vdc (Network)" in second.message
