"""What a person may ask of a guest, and what is said when it can't be."""

from dataclasses import replace
from pathlib import Path

import pytest

from labkit.guest.size import rate, size
from labkit.guest.spec import (
    KERNEL_SHARE_BYTES,
    MOST_CDROMS,
    MOST_DISKS,
    MOST_FLOPPIES,
    Disk,
    Drive,
    Guest,
    parse_cdrom,
    parse_disk,
    parse_floppy,
)
from labkit.shell import LabError

MIB = 1 << 20


@pytest.mark.parametrize(
    ("text", "bytes_"), [("512", 512), ("4Ki", 4096), ("64Mi", 64 * MIB), ("3Gi", 3 * 1024 * MIB)]
)
def test_a_size_is_a_whole_number_with_or_without_a_unit(text: str, bytes_: int) -> None:
    assert size(text) == bytes_


@pytest.mark.parametrize(
    "text", ["", "0", "-1Mi", "1.5Mi", "64M", "64MB", "64mi", " 64Mi", "64Mi\n", "Mi", "٣Mi"]
)
def test_anything_else_is_no_size_and_is_named(text: str) -> None:
    with pytest.raises(LabError) as refused:
        size(text)
    assert f"{text!r} is no size" in str(refused.value)


def test_a_rate_is_a_size_per_second() -> None:
    assert rate("10Mi/s") == 10 * MIB


@pytest.mark.parametrize("text", ["10Mi", "10Mi/min", "10Mi/s/s", "/s", "fast/s"])
def test_anything_else_is_no_rate(text: str) -> None:
    with pytest.raises(LabError, match=r"is no (rate|size)"):
        rate(text)


def test_a_disk_is_a_place_a_size_and_a_format() -> None:
    assert parse_disk("shared:64Mi:qcow2") == Disk("shared", 64 * MIB, "qcow2")
    assert parse_disk("local:1Mi:raw") == Disk("local", MIB, "raw")


def test_a_disk_may_be_read_only_or_shareable() -> None:
    assert parse_disk("shared:64Mi:qcow2:ro").read_only
    assert parse_disk("shared:64Mi:raw:shareable").shareable
    both = parse_disk("shared:64Mi:raw:ro:shareable")
    assert both.read_only and both.shareable


@pytest.mark.parametrize(
    "text",
    [
        "",
        "shared",
        "shared:64Mi",
        "nfs:64Mi:raw",
        "shared:64Mi:vmdk",
        "shared:64Mi:raw:rw",
        "shared:64Mi:raw:",
    ],
)
def test_what_is_no_disk_is_named_with_an_example_of_one(text: str) -> None:
    with pytest.raises(LabError) as refused:
        parse_disk(text)
    assert f"--disk {text!r}" in str(refused.value)
    assert "shared:64Mi:qcow2" in str(refused.value)


def test_a_disk_may_be_layered_filled_or_the_same_on_every_host() -> None:
    assert parse_disk("local:8Mi:qcow2:backing") == Disk("local", 8 * MIB, "qcow2", backing=True)
    assert parse_disk("local:2Gi:qcow2:filled=512Mi").filled_bytes == 512 * MIB
    assert parse_disk("local:4Mi:raw:ro:everywhere").everywhere


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("local:8Mi:raw:backing", "write local:8Mi:qcow2:backing"),
        ("local:8Mi:qcow2:ro:backing", "write local:8Mi:qcow2:backing"),
        ("local:8Mi:raw:everywhere", "a local one, :ro:everywhere"),
        ("shared:8Mi:raw:ro:everywhere", "a local one, :ro:everywhere"),
        ("local:8Mi:raw:filled=4Mi", "less than the half of a writable disk"),
        ("local:8Mi:raw:filled=1000", "in whole blocks of 4Ki"),
        ("local:8Mi:raw:ro:filled=1Mi", "less than the half of a writable disk"),
        ("local:8Mi:raw:filled=1Mi:filled=2Mi", ":filled=SIZE"),
    ],
)
def test_a_mark_that_does_not_fit_its_disk_is_refused_with_what_fits(text: str, said: str) -> None:
    with pytest.raises(LabError) as refused:
        parse_disk(text)
    assert f"--disk {text!r}" in str(refused.value)
    assert said in str(refused.value)


def test_a_drive_is_empty_or_holds_a_medium_that_may_be_optional() -> None:
    assert parse_cdrom("empty") == Drive()
    assert parse_cdrom("local:1Mi:optional") == Drive("local", MIB, optional=True)
    assert parse_cdrom("local:1Mi:everywhere").everywhere
    assert parse_cdrom("shared:1Mi") == Drive("shared", MIB)


@pytest.mark.parametrize(
    "text",
    ["", "full", "empty:optional", "nfs:1Mi", "local", "local:1Mi:ro", "local:1000", "shared:1Mi:everywhere"],
)
def test_what_is_no_drive_is_named_with_what_is_one(text: str) -> None:
    with pytest.raises(LabError) as refused:
        parse_cdrom(text)
    assert f"--cdrom {text!r}" in str(refused.value)


def test_a_floppy_has_a_size_of_its_own() -> None:
    assert parse_floppy("empty") == Drive()
    assert parse_floppy("shared") == Drive("shared", 1440 << 10)
    assert parse_floppy("local:optional") == Drive("local", 1440 << 10, optional=True)


@pytest.mark.parametrize("text", ["", "nfs", "empty:optional", "shared:1Mi", "shared:everywhere"])
def test_what_is_no_floppy_is_named_with_what_is_one(text: str) -> None:
    with pytest.raises(LabError) as refused:
        parse_floppy(text)
    assert f"--floppy {text!r}" in str(refused.value)


def test_a_network_disk_has_a_size_and_no_file_on_any_host() -> None:
    disk = parse_disk("network:16Mi")
    assert disk == Disk("network", 16 * MIB, "raw")
    guest = Guest("m", "host1", (disk, parse_disk("shared:4Mi:raw")))
    assert guest.images()[0] == Path("/var/lib/nbd/m-0.raw")
    assert guest.files() == guest.images()[1:]
    assert guest.leaving() == []


@pytest.mark.parametrize("text", ["network", "network:16Mi:raw", "network:16Mi:ro"])
def test_a_network_disk_with_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(LabError, match="a network disk has a size and no more"):
        parse_disk(text)


@pytest.mark.parametrize("text", ["shared:512Ki:raw", "shared:1048577:raw"])
def test_a_disk_has_at_least_a_mebibyte_in_whole_blocks(text: str) -> None:
    with pytest.raises(LabError, match="at least 1Mi, in whole blocks of 4Ki"):
        parse_disk(text)


def test_a_shareable_qcow2_is_refused_with_the_disk_to_write_instead() -> None:
    with pytest.raises(LabError, match="local:64Mi:raw:shareable"):
        parse_disk("local:64Mi:qcow2:shareable")


def test_each_disk_of_each_guest_has_a_path_of_its_own_in_its_place() -> None:
    disks = (parse_disk("shared:64Mi:qcow2"), parse_disk("local:64Mi:raw"), parse_disk("local:64Mi:raw"))
    assert Guest("m", "host1", disks).images() == [
        Path("/var/lib/godwit/shared/m-0.qcow2"),
        Path("/var/lib/godwit/local/m-1.raw"),
        Path("/var/lib/godwit/local/m-2.raw"),
    ]


def test_a_guest_knows_all_that_may_lie_on_a_host_and_what_has_to_leave_with_it() -> None:
    disks = ("shared:4Mi:raw", "local:4Mi:qcow2:backing", "local:4Mi:raw:ro", "local:4Mi:raw:shareable")
    drives = (parse_cdrom("empty"), parse_cdrom("local:1Mi"))
    guest = Guest("m", "host1", tuple(map(parse_disk, disks)), nvram="local", cdroms=drives)
    local = Path("/var/lib/godwit/local")
    assert guest.leaving() == [local / "m-1.qcow2"]
    assert guest.files() == [
        Path("/var/lib/godwit/shared/m-0.raw"),
        *(local / name for name in ("m-1.qcow2", "m-2.raw", "m-3.raw", "m-1-base.qcow2")),
        *(local / name for name in ("m-cdrom1.iso", "m-nvram.fd")),
    ]


def test_a_guest_is_the_same_after_it_was_kept_and_read_again() -> None:
    disks, drives = (parse_disk("shared:64Mi:raw:ro"),), (parse_cdrom("local:1Mi:optional"),)
    guest = Guest("m", "host1", disks, uuid="1-2", number=7, boot_id="b", nvram="local", cdroms=drives)
    guest = replace(guest, floppies=(parse_floppy("shared"),))
    assert Guest.from_json(guest.to_json()) == guest


def test_no_two_guests_of_a_lab_have_one_hardware_address() -> None:
    assert len({Guest("m", "host1", number=number).mac for number in range(151)}) == 151


@pytest.mark.parametrize("name", ["", "-m", "a b", "m_1", "m.1", "../m", "m" * 32, "m\n"])
def test_a_name_that_is_none_is_refused_by_name(name: str) -> None:
    with pytest.raises(LabError) as refused:
        Guest(name, "host1").validate()
    assert repr(name) in str(refused.value)


def test_what_no_guest_can_have_is_refused_in_words() -> None:
    disk = parse_disk("shared:1Mi:raw")
    for guest, said in (
        (Guest("m", "host1", vcpus=0), "--vcpus 0"),
        (Guest("m", "host1", probe_milliseconds=0), "--probe-every 0"),
        (Guest("m", "host1", (disk,) * (MOST_DISKS + 1)), f"a guest has {MOST_DISKS} at most"),
        (Guest("m", "host1", cdroms=(Drive(),) * (MOST_CDROMS + 1)), f"a guest has {MOST_CDROMS} at most"),
        (Guest("m", "host1", floppies=(Drive(),) * 3), f"a guest has {MOST_FLOPPIES} at most"),
    ):
        with pytest.raises(LabError, match=said):
            guest.validate()


def test_a_working_set_that_leaves_the_kernel_no_room_is_refused_with_the_most_that_fits() -> None:
    fits = 128 * MIB - KERNEL_SHARE_BYTES
    Guest("m", "host1", memory_bytes=128 * MIB, working_set_bytes=fits).validate()
    with pytest.raises(LabError, match=f"at most {fits >> 20}Mi do; give it more --memory"):
        Guest("m", "host1", memory_bytes=128 * MIB, working_set_bytes=fits + 1).validate()
