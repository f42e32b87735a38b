"""What can be copied at all, and the ways in which one file hides behind two names."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.storage import Topic, copies, refusals
from godwit.domain.storage.source_image import size_of

from .known import CDROM, DISK, GIB, HERE, IMAGE, LOCAL, MUST_EXIST, RAW, THERE, known, told, why


def image(**changes: object) -> DiskFacts:
    return replace(LOCAL, image=replace(IMAGE, **changes))


@pytest.mark.parametrize(
    ("disk", "words"),
    [
        (replace(LOCAL, path="vdb.qcow2"), "not absolute"),
        (replace(LOCAL, path="/images/../images/vdb.qcow2"), "`..`"),
        (replace(LOCAL, image=None), "does not list it as a regular file"),
        (image(kind=FileKind.UNKNOWN, message="Permission denied"), "Permission denied"),
        (image(kind=FileKind.BLOCK), "raw device"),
        (image(kind=FileKind.SYMLINK), "symlink"),
        (image(kind=FileKind.DIRECTORY), "does not list it as a regular file"),
        (replace(LOCAL, device="lun"), "raw device"),
        (replace(LOCAL, format=""), "format is not given"),
        (replace(LOCAL, format="vmdk"), "vmdk"),
        (image(format="raw"), "says qcow2, and what lies there looks like raw"),
        (image(format=""), "looks like nothing known"),
        (replace(RAW, image=IMAGE), "says raw, and what lies there looks like qcow2"),
        (replace(image(virtual_size_bytes=None), virtual_size_bytes=None), "size is not known"),
        (replace(image(virtual_size_bytes=0), virtual_size_bytes=0), "size is not known"),
        (image(virtual_size_bytes=2 * GIB), "the guest sees"),
    ],
)
def test_what_is_no_plain_image_is_refused(disk: DiskFacts, words: str) -> None:
    facts = known(disk)
    assert words in why(facts)
    assert told(facts)[0].topic is Topic.COPY_LIST
    assert copies(facts) == ()


@pytest.mark.parametrize("seen", ["raw", "", "iso"])
def test_a_raw_image_may_look_like_anything_without_a_size_of_its_own(seen: str) -> None:
    raw = replace(RAW, image=replace(IMAGE, path=RAW.path, format=seen))
    assert refusals(known(raw)) == ()


def test_the_size_that_a_guest_wrote_onto_its_raw_disk_is_never_believed() -> None:
    lying = replace(RAW, image=replace(IMAGE, format="qcow2", virtual_size_bytes=5))
    assert size_of(lying) == GIB


@pytest.mark.parametrize("size", [GIB, GIB + 1024, 10 * 1024])
def test_a_qcow2_of_whole_kibibytes_can_be_made(size: int) -> None:
    disk = replace(image(virtual_size_bytes=size), virtual_size_bytes=size)
    assert refusals(known(disk)) == ()


@pytest.mark.parametrize("size", [GIB + 512, GIB + 1, GIB - 1])
def test_a_qcow2_of_another_size_is_refused_with_must_exist_as_the_remedy(size: int) -> None:
    disk = replace(image(virtual_size_bytes=size), virtual_size_bytes=size)
    [refusal] = told(known(disk))
    assert refusal.topic is Topic.DESTINATION_IMAGE
    assert str(size) in refusal.why
    assert "MustExist" in refusal.remedy
    there = replace(THERE, virtual_size_bytes=size)
    assert refusals(known(disk, wish=MUST_EXIST, there=(there,))) == ()


def test_a_raw_image_of_any_size_is_made_to_the_byte() -> None:
    raw = replace(RAW, image=replace(IMAGE, format="raw", virtual_size_bytes=GIB + 5))
    [copy] = copies(known(raw))
    assert copy.virtual_size_bytes == GIB + 5


# one file behind two names


def test_two_disks_with_one_path_are_both_refused() -> None:
    twin = replace(LOCAL, target="vdx", path="/images//vdb.qcow2")
    facts = known(LOCAL, twin)
    assert [refusal.target for refusal in told(facts, Topic.COPY_LIST)] == ["vdb", "vdx"]
    assert "same file as disk vdx" in told(facts)[0].why
    assert copies(facts) == ()


def test_a_disk_that_a_read_only_drive_shows_too_is_refused() -> None:
    drive = replace(CDROM, path=LOCAL.path, image=IMAGE)
    [refusal, *_] = told(known(LOCAL, drive), Topic.COPY_LIST)
    assert (refusal.target, refusal.why) == ("vdb", "it is the same file as disk sda")


def test_a_disk_that_another_is_layered_on_is_refused() -> None:
    on_top = replace(RAW, format="qcow2", image=replace(IMAGE, fingerprint=None), backing=(LOCAL.path,))
    [refusal] = told(known(LOCAL, on_top))
    assert (refusal.target, refusal.why) == ("vdb", "disk vdc is layered on it")
    kept = replace(DISK, backing=(LOCAL.path,))
    assert any("vda is layered on it" in refusal.why for refusal in told(known(kept, LOCAL)))


def test_a_disk_that_is_layered_on_itself_is_refused() -> None:
    assert "layered on itself" in why(known(replace(LOCAL, backing=(LOCAL.path,))))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (IMAGE, replace(IMAGE, fingerprint=HERE)),
        (replace(IMAGE, identity="8:1/5", fingerprint=None), replace(IMAGE, identity="8:1/5")),
    ],
    ids=["fingerprint", "inode"],
)
def test_a_hard_link_between_two_disks_is_refused(one: ImageFacts, other: ImageFacts) -> None:
    linked = replace(
        LOCAL, target="vdx", path="/images/x.qcow2", image=replace(other, path="/images/x.qcow2")
    )
    nothing = tuple(ImageFacts(path, FileKind.ABSENT) for path in (LOCAL.path, linked.path))
    found = told(known(replace(LOCAL, image=one), linked, there=nothing), Topic.COPY_LIST)
    assert [refusal.target for refusal in found] == ["vdb", "vdx"]
    assert "by another name" in found[0].why


def test_two_inodes_are_two_files_whatever_their_times_say() -> None:
    two = replace(LOCAL, image=replace(IMAGE, identity="8:1/5"))
    other = replace(RAW, image=replace(IMAGE, path=RAW.path, format="raw", identity="8:1/6"))
    assert refusals(known(two, other)) == ()


def test_a_disk_that_is_the_firmwares_file_is_refused() -> None:
    facts = known(LOCAL)
    nvram = ImageFacts(LOCAL.path, FileKind.REGULAR)
    facts = replace(facts, guest=replace(facts.guest, nvram=nvram))
    assert any("firmware" in refusal.why for refusal in told(facts))


@pytest.mark.parametrize("layer", ["base.qcow2", "/base/../base.qcow2"])
def test_a_layer_that_lies_who_knows_where_is_refused(layer: str) -> None:
    [refusal] = told(known(replace(LOCAL, backing=(layer,))))
    assert refusal.topic is Topic.BACKING_CHAIN
    assert layer in refusal.why


def test_a_disk_of_another_kind_in_a_file_is_no_file() -> None:
    assert copies(known(replace(LOCAL, kind=DiskKind.DIR))) == ()
