from msgspec.structs import replace

from godwit.domain.checks import encryption
from godwit.domain.migration import CheckResult

from ..builders import DISK, facts, with_storage
from ..storage.known import known

LOCKED = replace(DISK, encrypted=True, secret="0000")  # noqa: S106 - the name of one


def test_a_guest_whose_disks_are_open_needs_no_secret() -> None:
    [verdict] = encryption.check(facts())
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_a_secret_that_is_there_passes() -> None:
    [verdict] = encryption.check(with_storage(replace(known(LOCKED), secrets=("0000",))))
    assert verdict.result is CheckResult.PASS
    assert "vda" in verdict.message


def test_a_missing_secret_is_told_by_disk_and_uuid() -> None:
    [verdict] = encryption.check(with_storage(known(LOCKED)))
    assert verdict.stops
    assert (
        "disk vda (/shared/vm1.img): it is encrypted, and the destination has no secret 0000"
        in verdict.message
    )
    assert "virsh secret-define" in verdict.remedy
