from msgspec.structs import replace

from godwit.domain.checks import disks
from godwit.domain.disks import Storage, Strategy
from godwit.domain.guest import DiskKind
from godwit.domain.migration import CheckResult

from ..builders import DISK, with_storage
from ..storage.known import LOCAL, known


def test_a_guest_without_a_disk_has_nothing_to_prove() -> None:
    [verdict] = disks.check(with_storage(known()))
    assert verdict.result is CheckResult.NOT_APPLICABLE
    assert not verdict.stops


def test_disks_that_may_go_pass_once_with_what_becomes_of_each() -> None:
    [verdict] = disks.check(with_storage(known(DISK, LOCAL)))
    assert verdict.result is CheckResult.PASS
    assert verdict.message == "vda Shared: Keep, vdb Local: Copy"


def test_each_refused_disk_is_told_by_its_name_with_the_missing_proof_and_what_to_do() -> None:
    volume = replace(DISK, target="vdv", kind=DiskKind.VOLUME, path="pool/volume")
    facts = with_storage(known(DISK, LOCAL, volume, wish=Storage(Strategy.SHARED)))
    first, second = disks.check(facts)
    assert first.stops
    assert first.host == "host2"
    assert first.message.startswith("disk vdb (/images/vdb.qcow2): it is not proven to be shared")
    assert "there is no /images/.godwit-1" in first.message
    assert "Auto" in first.remedy
    assert "disk vdv (pool/volume): nothing can be proven of a volume disk" in second.message
