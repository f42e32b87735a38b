"""What each disk is, what proves it, and which switchover the disks allow."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.migration import Disk, DiskAction, DiskClass
from godwit.domain.storage import choose_switchover, classify, directory_of, probes_for
from godwit.domain.task import Probe, Switchover

from .builders import DISK, FACTS, WRITTEN

CDROM = DiskFacts("sda", DiskKind.FILE, device="cdrom", path="/iso/a.iso", read_only=True)
EMPTY = DiskFacts("sdb", DiskKind.EMPTY, device="cdrom")
ROOT = replace(DISK, target="vdr", path="/root.img")


def line(
    disk: DiskFacts, written: tuple[Probe, ...] = (WRITTEN,), read: tuple[Probe, ...] = (WRITTEN,)
) -> Disk:
    [only] = classify((disk,), written, read)
    return only


# what is asked


def test_one_token_is_written_per_directory_that_holds_writable_images() -> None:
    second = replace(DISK, target="vdb", path="/shared/b.img")
    facts = replace(FACTS, disks=(DISK, CDROM, EMPTY, second, ROOT))
    assert probes_for(facts, ".godwit-1") == (
        Probe("/shared", "/shared/.godwit-1", ("/shared/vm1.img", "/shared/b.img")),
        Probe("/", "/.godwit-1", ("/root.img",)),
    )


@pytest.mark.parametrize(
    "disk",
    [CDROM, EMPTY, replace(DISK, kind=DiskKind.BLOCK, path="/dev/sdb"), replace(DISK, path="relative.img")],
    ids=["read-only", "empty", "block", "relative"],
)
def test_no_token_is_written_beside_what_it_could_not_prove(disk: DiskFacts) -> None:
    assert probes_for(replace(FACTS, disks=(disk,)), ".godwit-1") == ()


def test_the_directory_of_a_path() -> None:
    assert directory_of("/a/b/c.img") == "/a/b"
    assert directory_of("/c.img") == "/"


# classes


def test_a_token_that_went_over_proves_a_shared_disk() -> None:
    disk = line(DISK)
    assert (disk.disk_class, disk.action) == (DiskClass.SHARED, DiskAction.KEEP)
    assert (disk.target, disk.path, disk.format, disk.virtual_size) == ("vda", DISK.path, "qcow2", 64)


def test_a_shareable_disk_is_proven_like_any_other_and_keeps_its_name() -> None:
    shareable = replace(DISK, shareable=True)
    assert line(shareable).disk_class is DiskClass.SHAREABLE
    assert line(shareable, read=()).disk_class is DiskClass.LOCAL


def test_a_disk_that_the_guest_cannot_write_needs_no_proof() -> None:
    assert (line(CDROM, (), ()).disk_class, line(CDROM, (), ()).action) == (
        DiskClass.READ_ONLY,
        DiskAction.KEEP,
    )
    assert (line(EMPTY, (), ()).disk_class, line(EMPTY, (), ()).action) == (DiskClass.EMPTY, DiskAction.KEEP)


@pytest.mark.parametrize(
    "kind", [DiskKind.BLOCK, DiskKind.NETWORK, DiskKind.VOLUME, DiskKind.DIR, DiskKind.OTHER]
)
def test_a_writable_disk_of_another_kind_is_refused_naming_the_kind(kind: DiskKind) -> None:
    disk = line(replace(DISK, kind=kind))
    assert (disk.disk_class, disk.action) == (DiskClass.LOCAL, DiskAction.REFUSE)
    assert kind.lower() in disk.proof


@pytest.mark.parametrize(
    ("written", "read", "words"),
    [
        ((), (WRITTEN,), "no token was written"),
        ((replace(WRITTEN, token="", message="read-only"),), (WRITTEN,), "read-only"),
        ((replace(WRITTEN, token=""),), (WRITTEN,), "no token was written"),
        ((replace(WRITTEN, images=()),), (WRITTEN,), "source's libvirt does not list"),
        ((WRITTEN,), (), "it is not there"),
        ((WRITTEN,), (replace(WRITTEN, token="", message="no such pool"),), "no such pool"),
        ((WRITTEN,), (replace(WRITTEN, token=""),), "it is not there"),
        ((WRITTEN,), (replace(WRITTEN, token="other"),), "another directory of the same name"),  # noqa: S106 - no password
        ((WRITTEN,), (replace(WRITTEN, images=()),), "destination's libvirt does not list"),
        ((replace(WRITTEN, directory="/else"),), (WRITTEN,), "no token was written"),
    ],
)
def test_each_gap_in_the_proof_alone_refuses_the_disk_and_is_named(
    written: tuple[Probe, ...], read: tuple[Probe, ...], words: str
) -> None:
    disk = line(DISK, written, read)
    assert (disk.disk_class, disk.action) == (DiskClass.LOCAL, DiskAction.REFUSE)
    assert words in disk.proof


def test_disks_stay_in_the_order_of_the_guest() -> None:
    disks = classify((CDROM, DISK, EMPTY), (WRITTEN,), (WRITTEN,))
    assert [disk.target for disk in disks] == ["sda", "vda", "sdb"]


# switchover


def choice(*disks: DiskFacts, written: Probe = WRITTEN, read: Probe = WRITTEN) -> tuple[Switchover, str]:
    chosen = choose_switchover(replace(FACTS, disks=disks), (written,), (read,))
    return chosen.mode, chosen.why


def test_locks_that_hold_on_every_writable_disk_allow_the_fast_switchover() -> None:
    assert choice(DISK, CDROM, EMPTY)[0] is Switchover.FAST


@pytest.mark.parametrize("disks", [(), (CDROM, EMPTY)], ids=["none", "read-only"])
def test_a_guest_without_a_writable_disk_has_no_lock_and_is_strict(disks: tuple[DiskFacts, ...]) -> None:
    mode, why = choice(*disks)
    assert mode is Switchover.STRICT
    assert "no writable disk" in why


def test_one_shareable_disk_makes_it_strict_by_name() -> None:
    mode, why = choice(DISK, replace(DISK, target="vdb", shareable=True))
    assert mode is Switchover.STRICT
    assert "vdb is shareable" in why


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
