"""What is asked of both hosts, and what their answers prove."""

import pytest
from msgspec.structs import replace

from godwit.domain.disks import Disk, DiskAction, DiskClass
from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.storage import StorageFacts, classify, probes_for, refusals
from godwit.domain.storage.proof import Standing, token_proof
from godwit.domain.task import Probe, Role

from .known import (
    BLOCK,
    CDROM,
    DEVICE,
    DEVICE_PATH,
    DISK,
    EMPTY,
    FACTS,
    HERE,
    IMAGE,
    NETWORK,
    OLDER,
    WRITTEN,
    known,
    line,
)

ROOT = replace(DISK, target="vdr", path="/root.img")


def judged(
    disk: DiskFacts, written: tuple[Probe, ...] = (WRITTEN,), read: tuple[Probe, ...] = (WRITTEN,)
) -> Disk:
    [only] = classify(StorageFacts(replace(FACTS, disks=(disk,)), written=written, read=read))
    return only


# what is asked


def test_one_token_is_written_per_directory_that_holds_writable_images() -> None:
    second = replace(DISK, target="vdb", path="/shared/b.img")
    facts = replace(FACTS, disks=(DISK, CDROM, EMPTY, second, ROOT))
    assert probes_for(facts, ".godwit-1") == (
        Probe("/shared", "/shared/.godwit-1", ("/shared/vm1.img", "/shared/b.img")),
        Probe("/", "/.godwit-1", ("/root.img",)),
    )


def test_a_read_only_image_is_looked_for_where_a_token_is_written_anyway() -> None:
    beside = replace(CDROM, path="/shared/a.iso")
    [probe] = probes_for(replace(FACTS, disks=(DISK, beside)), ".godwit-1")
    assert probe.images == ("/shared/vm1.img", "/shared/a.iso")


def test_layers_and_the_firmwares_variables_get_their_tokens() -> None:
    layered = replace(DISK, backing=("/base/b.qcow2", "/base/a.qcow2"))
    nvram = ImageFacts("/nvram/vm1.fd", FileKind.REGULAR)
    probes = probes_for(replace(FACTS, disks=(layered,), nvram=nvram), ".godwit-1")
    assert [(probe.directory, probe.images) for probe in probes] == [
        ("/shared", ("/shared/vm1.img",)),
        ("/base", ("/base/b.qcow2", "/base/a.qcow2")),
        ("/nvram", ("/nvram/vm1.fd",)),
    ]


def test_one_directory_in_two_spellings_is_one() -> None:
    doubled = replace(DISK, target="vdb", path="/shared//b.img")
    [probe] = probes_for(replace(FACTS, disks=(DISK, doubled)), ".godwit-1")
    assert probe.directory == "/shared"
    assert probe.images == ("/shared/vm1.img", "/shared//b.img")


@pytest.mark.parametrize(
    "disk",
    [
        CDROM,
        EMPTY,
        replace(DISK, kind=DiskKind.BLOCK, path="/dev/sdb"),
        replace(DISK, path="relative.img"),
        replace(DISK, path="/shared/../b.img"),
    ],
    ids=["read-only", "empty", "block", "relative", "up"],
)
def test_no_token_is_written_beside_what_it_could_not_prove(disk: DiskFacts) -> None:
    assert probes_for(replace(FACTS, disks=(disk,)), ".godwit-1") == ()


# files


def test_a_token_that_went_over_proves_a_shared_disk() -> None:
    disk = judged(DISK)
    assert (disk.disk_class, disk.action) == (DiskClass.SHARED, DiskAction.KEEP)
    assert (disk.target, disk.path, disk.format, disk.virtual_size) == ("vda", DISK.path, "qcow2", 64)
    assert disk.proof == "a token written beside it by the source was read by the destination"


def test_a_path_in_another_spelling_is_proven_by_the_same_token() -> None:
    assert judged(replace(DISK, path="/shared//./vm1.img")).disk_class is DiskClass.SHARED


def test_a_shareable_disk_is_proven_like_any_other_and_keeps_its_name() -> None:
    shareable = replace(DISK, shareable=True)
    assert judged(shareable).disk_class is DiskClass.SHAREABLE
    assert judged(shareable, read=()).disk_class is DiskClass.LOCAL
    assert judged(shareable, read=()).action is DiskAction.REFUSE


UNPROVEN: list[tuple[tuple[Probe, ...], tuple[Probe, ...], str]] = [
    ((), (WRITTEN,), "no token was written"),
    ((replace(WRITTEN, token="", message="read-only"),), (WRITTEN,), "read-only"),
    ((replace(WRITTEN, token=""),), (WRITTEN,), "no token was written"),
    ((WRITTEN,), (), "it is not there"),
    ((WRITTEN,), (replace(WRITTEN, token="", message="no such pool"),), "no such pool"),
    ((WRITTEN,), (replace(WRITTEN, token=""),), "it is not there"),
    ((WRITTEN,), (replace(WRITTEN, token="other"),), "another directory of the same name"),  # noqa: S106 - no password
    ((replace(WRITTEN, directory="/else"),), (WRITTEN,), "no token was written"),
    ((replace(WRITTEN, token=""),), (replace(WRITTEN, token=""),), "no token was written"),
    ((WRITTEN,), (replace(WRITTEN, path="/shared/.godwit-0"),), "of an earlier inspection"),
]


@pytest.mark.parametrize(("written", "read", "words"), UNPROVEN)
def test_each_gap_in_the_proof_alone_makes_the_disk_a_local_one_and_is_named(
    written: tuple[Probe, ...], read: tuple[Probe, ...], words: str
) -> None:
    facts = StorageFacts(FACTS, written=written, read=read)
    assert token_proof(facts, DISK.path).standing is Standing.UNPROVEN
    disk = judged(DISK, written, read)
    assert disk.disk_class is DiskClass.LOCAL
    assert words in disk.proof


@pytest.mark.parametrize(
    ("written", "read", "words"),
    [
        (replace(WRITTEN, images=()), WRITTEN, "source's libvirt does not list"),
        (WRITTEN, replace(WRITTEN, images=()), "destination's libvirt does not list"),
        (replace(WRITTEN, images=()), replace(WRITTEN, images=()), "source's libvirt does not list"),
    ],
)
def test_a_shared_directory_in_which_the_file_is_none_for_both_is_refused(
    written: Probe, read: Probe, words: str
) -> None:
    disk = judged(DISK, (written,), (read,))
    assert (disk.disk_class, disk.action) == (DiskClass.LOCAL, DiskAction.REFUSE)
    assert words in disk.proof


def test_another_file_mounted_over_one_of_a_shared_directory_is_refused() -> None:
    disk = replace(DISK, image=replace(IMAGE, path=DISK.path))
    there = replace(IMAGE, path=DISK.path, fingerprint=OLDER)
    shown = line(known(disk, there=(there,)), "vda")
    assert shown.action is DiskAction.REFUSE
    assert "another file" in shown.proof
    assert line(known(disk, there=(replace(there, fingerprint=HERE),)), "vda").action is DiskAction.KEEP


@pytest.mark.parametrize("path", ["vm1.img", "/shared/../shared/vm1.img"])
def test_a_path_that_leads_who_knows_where_is_never_proven(path: str) -> None:
    everywhere = replace(WRITTEN, directory=path.rpartition("/")[0], images=(path,))
    disk = judged(replace(DISK, path=path), (everywhere, WRITTEN), (everywhere, WRITTEN))
    assert (disk.disk_class, disk.action) == (DiskClass.LOCAL, DiskAction.REFUSE)


# layers


def test_a_shared_image_over_layers_that_are_not_shared_is_refused_by_the_layer() -> None:
    layered = replace(DISK, backing=("/shared/base.qcow2", "/images/base.qcow2"))
    written = replace(WRITTEN, images=(DISK.path, "/shared/base.qcow2"))
    facts = replace(known(layered), written=(written,), read=(written,))
    shown = line(facts, "vda")
    assert (shown.disk_class, shown.action) == (DiskClass.SHARED, DiskAction.REFUSE)
    assert "layer /images/base.qcow2 is not proven" in shown.proof
    assert "/shared/base.qcow2" not in shown.proof


def test_the_layer_that_only_the_image_itself_names_counts_too() -> None:
    image = replace(IMAGE, path=DISK.path, backing="/images/base.qcow2")
    assert line(known(replace(DISK, image=image)), "vda").action is DiskAction.REFUSE


@pytest.mark.parametrize("layers", [("/shared/base.qcow2",), ("rbd://pool/base",)])
def test_a_chain_that_is_shared_as_a_whole_is_kept(layers: tuple[str, ...]) -> None:
    everything = replace(WRITTEN, images=(DISK.path, "/shared/base.qcow2"))
    disk = judged(replace(DISK, backing=layers), (everything,), (everything,))
    assert (disk.disk_class, disk.action) == (DiskClass.SHARED, DiskAction.KEEP)


# network disks


@pytest.mark.parametrize(
    "uri", ["rbd://10.0.0.1/pool/image", "rbd:///pool/image", "nbd://store:10809/", "gluster://[fd00::1]/v/i"]
)
def test_a_network_disk_is_proven_by_its_uri(uri: str) -> None:
    shown = line(known(replace(NETWORK, path=uri)), "vdn")
    assert (shown.disk_class, shown.action) == (DiskClass.NETWORK, DiskAction.KEEP)
    assert uri in shown.proof


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("nbd://localhost/x", "this very host"),
        ("nbd://localhost:10809/x", "this very host"),
        ("nbd://LOCALHOST:10809/x", "this very host"),
        ("nbd://ip6-localhost/x", "this very host"),
        ("nbd://0.0.0.0:1/x", "this very host"),
        ("nbd://[::ffff:127.0.0.1]:1/x", "this very host"),
        ("iscsi://127.0.0.1/iqn", "this very host"),
        ("nbd://[::1]/x", "this very host"),
        ("nbd://[::1]:10809/x", "this very host"),
        ("nbd:///x", "names no server"),
        ("gluster:///volume/image", "names no server"),
        ("://", "names no source"),
    ],
)
def test_a_network_disk_whose_server_is_another_one_on_each_host_is_refused(uri: str, words: str) -> None:
    shown = line(known(replace(NETWORK, path=uri)), "vdn")
    assert (shown.disk_class, shown.action) == (DiskClass.LOCAL, DiskAction.REFUSE)
    assert words in shown.proof
    assert words in judged(replace(DISK, backing=(uri,))).proof


# devices


def block(
    here: ImageFacts | None = DEVICE, there: ImageFacts | None = DEVICE, path: str = DEVICE_PATH
) -> Disk:
    disk = replace(BLOCK, path=path, image=here)
    return line(known(disk, there=(there,) if there else ()), "vdd")


def test_a_device_of_one_wwn_and_one_content_on_both_hosts_is_shared() -> None:
    shown = block()
    assert (shown.disk_class, shown.action) == (DiskClass.SHARED, DiskAction.KEEP)
    assert "0x5000" in shown.proof


@pytest.mark.parametrize("name", ["dm-uuid-mpath-35000c500a1b2c3d4", "ata-ST1000DM003-1CH162_Z1D5ABCD-part1"])
def test_another_name_that_holds_what_the_hardware_says_is_as_good(name: str) -> None:
    path = f"/dev/disk/by-id/{name}"
    device = replace(DEVICE, path=path)
    assert block(device, device, path).action is DiskAction.KEEP


@pytest.mark.parametrize(
    "path",
    [
        "/dev/sdb",
        "/dev/mapper/mpatha",
        "/dev/disk/by-path/pci-1",
        "/dev/loop0",
        "/dev/disk/by-id/dm-uuid-LVM-a-volume-of-hosts-installed-from-one-image",
        "/dev/disk/by-id/dm-uuid-CRYPT-LUKS2-1",
        "/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001",
    ],
)
def test_a_device_by_a_name_that_another_may_have_elsewhere_is_refused(path: str) -> None:
    device = replace(DEVICE, path=path)
    shown = block(device, device, path)
    assert (shown.disk_class, shown.action) == (DiskClass.LOCAL, DiskAction.REFUSE)
    assert path in shown.proof


@pytest.mark.parametrize(
    ("here", "there", "words"),
    [
        (None, DEVICE, "source has no block device"),
        (DEVICE, None, "destination has no block device"),
        (DEVICE, replace(DEVICE, kind=FileKind.ABSENT), "destination has no block device"),
        (DEVICE, replace(DEVICE, kind=FileKind.REGULAR), "destination has no block device"),
        (DEVICE, replace(DEVICE, wwn="0x6000"), "0x6000 at the destination"),
        (DEVICE, replace(DEVICE, wwn=""), "could not read"),
        (replace(DEVICE, wwn=""), replace(DEVICE, wwn=""), "could not read"),
        (DEVICE, replace(DEVICE, digest="", message="in use"), "in use"),
        (replace(DEVICE, digest=""), replace(DEVICE, digest=""), "could not read"),
        (DEVICE, replace(DEVICE, digest="other"), "differs"),
        (DEVICE, replace(DEVICE, virtual_size_bytes=5), "another size"),
    ],
)
def test_each_gap_in_a_devices_proof_alone_refuses_it(
    here: ImageFacts | None, there: ImageFacts | None, words: str
) -> None:
    shown = block(here, there)
    assert (shown.disk_class, shown.action) == (DiskClass.LOCAL, DiskAction.REFUSE)
    assert words in shown.proof


@pytest.mark.parametrize(
    ("disk", "there", "at"),
    [
        (replace(BLOCK, path="/dev/sdb"), DEVICE, Role.SOURCE),
        (replace(BLOCK, path="/dev/disk/../sdb"), DEVICE, Role.SOURCE),
        (replace(BLOCK, image=None), DEVICE, Role.SOURCE),
        (replace(BLOCK, image=replace(DEVICE, digest="")), DEVICE, Role.SOURCE),
        (BLOCK, replace(DEVICE, digest=""), Role.DESTINATION),
        (BLOCK, replace(DEVICE, wwn="0x6000"), Role.DESTINATION),
    ],
)
def test_what_is_missing_of_a_device_is_told_of_the_host_that_lacks_it(
    disk: DiskFacts, there: ImageFacts, at: Role
) -> None:
    [refusal] = refusals(known(disk, there=(there,)))
    assert refusal.at is at


def test_disks_stay_in_the_order_of_the_guest() -> None:
    assert [disk.target for disk in classify(known(CDROM, DISK, EMPTY))] == ["sda", "vda", "sdb"]
