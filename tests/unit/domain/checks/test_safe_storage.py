import pytest
from msgspec.structs import replace

from godwit.domain.checks import safe_storage
from godwit.domain.guest import DiskFacts
from godwit.domain.migration import Check, CheckResult, Safety

from ..builders import DISK, with_storage
from ..storage.known import BLOCK, CDROM, DEVICE, EMPTY, ISO, LOCAL, NETWORK, known

EXT4 = replace(DISK, file_system="ext4")


def verdicts(*disks: DiskFacts, unsafe: bool = False) -> tuple[Check, ...]:
    facts = with_storage(known(*disks, there=(ISO, DEVICE)))
    return safe_storage.check(replace(facts, safety=Safety(unsafe=unsafe)))


@pytest.mark.parametrize("kind", sorted(safe_storage.KNOWN_AS_SHARED))
def test_what_libvirt_knows_as_shared_passes_with_its_name(kind: str) -> None:
    [verdict] = verdicts(replace(DISK, file_system=kind))
    assert verdict.result is CheckResult.PASS
    assert verdict.message == f"libvirt takes for shared: vda on {kind}"


@pytest.mark.parametrize("kind", ["ext4", "xfs", "fuse.sshfs", "fuse.ceph-fuse", "lustre"])
def test_an_image_that_stays_elsewhere_is_refused_by_name_with_its_kind_and_both_ways_out(kind: str) -> None:
    [verdict] = verdicts(replace(DISK, file_system=kind))
    assert (verdict.result, verdict.host) == (CheckResult.FAIL, "host1")
    assert verdict.message == (
        f"disk vda (/shared/vm1.img) lies on {kind}, which libvirt on host1 does not take for shared: "
        "it would refuse to begin"
    )
    assert "safety.unsafe" in verdict.remedy
    assert "safety.force: [SafeStorage], where libvirt on host1 does: by `shared_" in verdict.remedy


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("", "an unknown kind of file system, and whether libvirt on host1 takes that for shared"),
        (
            "cifs",
            "lies on cifs, and whether libvirt on host1 takes that for shared is not known: that depends",
        ),
    ],
)
def test_where_libvirt_s_answer_is_not_known_it_is_a_warning(kind: str, says: str) -> None:
    [verdict] = verdicts(replace(DISK, file_system=kind))
    assert verdict.result is CheckResult.WARN
    assert says in verdict.message
    assert "MigrateUnsafe" in verdict.remedy


def test_safety_unsafe_leaves_a_warning_of_it() -> None:
    [verdict] = verdicts(EXT4, unsafe=True)
    assert verdict.result is CheckResult.WARN
    assert "lies on ext4, and safety.unsafe has libvirt ask nothing" in verdict.message


def test_each_such_disk_is_told_and_no_other() -> None:
    second = replace(EXT4, target="vdz", shareable=True)
    told = verdicts(EXT4, replace(DISK, target="vdy"), second)
    assert [verdict.message.split(" ")[1] for verdict in told] == ["vda", "vdz"]


def test_of_what_is_copied_read_only_empty_on_a_device_or_in_the_network_libvirt_asks_nothing() -> None:
    [verdict] = verdicts(LOCAL, CDROM, EMPTY, BLOCK, NETWORK)
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_a_disk_that_is_refused_already_is_not_told_twice() -> None:
    [verdict] = verdicts(replace(EXT4, transient=True))
    assert verdict.result is CheckResult.NOT_APPLICABLE
