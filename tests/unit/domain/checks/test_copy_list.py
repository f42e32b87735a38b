from msgspec.structs import replace

from godwit.domain.checks import copy_list
from godwit.domain.disks import Strategy
from godwit.domain.migration import CheckResult

from ..builders import DISK, facts, with_storage
from ..storage.known import BLOCK, CDROM, DEVICE, EMPTY, LOCAL, RAW, copying, known


def test_a_guest_whose_disks_all_stay_has_no_list() -> None:
    [verdict] = copy_list.check(facts())
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_local_disks_pass_by_their_names() -> None:
    [verdict] = copy_list.check(with_storage(known(DISK, LOCAL, RAW)))
    assert (verdict.result, verdict.message) == (CheckResult.PASS, "copied: vdb, vdc")


def test_every_mistake_in_the_list_is_told_at_once_each_by_its_disk() -> None:
    device = replace(BLOCK, path="/dev/loop0")
    writers = replace(DISK, target="vds", shareable=True)
    wish = copying("vda", "vda", "sda", "sdb", "vds", "vdd", "sdz", strategy=Strategy.COPY)
    verdicts = copy_list.check(
        with_storage(known(DISK, CDROM, EMPTY, writers, device, LOCAL, wish=wish, there=(DEVICE,)))
    )
    assert all(verdict.stops and verdict.remedy for verdict in verdicts)
    told = [
        (verdict.message.split(":")[0].split(" (")[0], verdict.message.split(": ")[1]) for verdict in verdicts
    ]
    assert told == [
        ("disk vda", "it is named more than once"),
        ("disk sdz", "the guest has no such disk"),
        ("disk vda", "it is proven to be shared, and would be copied onto itself"),
        ("disk sda", "the guest can't write to it, and libvirt copies no such disk"),
        ("disk sdb", "there is no medium in it, so nothing to copy"),
        ("disk vds", "it is <shareable/>"),
        ("disk vdd", "it is a raw device"),
        ("disk vdb", "it is not proven to be shared, not named in storage.disks, and would be left behind"),
    ]


def test_an_unknown_target_is_told_with_those_that_the_guest_has() -> None:
    [verdict] = copy_list.check(with_storage(known(DISK, wish=copying("hda"))))
    assert verdict.message == "disk hda: the guest has no such disk"
    assert verdict.remedy == "it has vda: name no other in a new VMMigration"
