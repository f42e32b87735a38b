"""What may lie at the destination: nothing, or exactly the right image; never the source's own file."""

import pytest
from msgspec.structs import replace

from godwit.domain.disks import Storage
from godwit.domain.image import DirectoryFacts, FileKind, Fingerprint, ImageFacts
from godwit.domain.storage import Topic, copies, refusals

from .known import (
    ABSENT,
    CREATE,
    GIB,
    HERE,
    IMAGE,
    LOCAL,
    MUST_EXIST,
    OLDER,
    PLACE,
    RAW,
    THERE,
    known,
    told,
    why,
)

GONE = ABSENT[0]
BOTH = pytest.mark.parametrize("wish", [CREATE, MUST_EXIST], ids=["create", "must exist"])


def case(there: ImageFacts | None, wish: Storage = CREATE) -> str:
    facts = known(LOCAL, wish=wish, there=(there,) if there else ())
    assert copies(facts) == ()
    found = why(facts)
    assert found.startswith(f"DestinationImage: disk vdb ({LOCAL.path}): ")
    assert told(facts)[0].remedy
    return found


@BOTH
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FileKind.SYMLINK, "symlink"),
        (FileKind.BLOCK, "raw device"),
        (FileKind.DIRECTORY, "directory"),
        (FileKind.OTHER, "no regular file"),
        (FileKind.UNKNOWN, "not known: no answer"),
    ],
)
def test_what_is_neither_an_image_nor_nothing_is_refused(kind: FileKind, words: str, wish: Storage) -> None:
    assert words in case(replace(GONE, kind=kind, message="no answer"), wish)


@BOTH
def test_what_nobody_looked_at_is_refused(wish: Storage) -> None:
    assert "not known" in case(None, wish)


# create


def test_nothing_there_is_what_a_new_image_needs() -> None:
    assert refusals(known(LOCAL)) == ()


@pytest.mark.parametrize("fingerprint", [OLDER, replace(HERE, changed="5000.0")])
def test_an_image_that_is_there_is_never_overwritten_by_create(fingerprint: Fingerprint | None) -> None:
    assert "there on the destination already" in case(replace(THERE, fingerprint=fingerprint))
    [refusal] = told(known(LOCAL, there=(THERE,)))
    assert "MustExist" in refusal.remedy
    assert "make sure that it isn't the source's own file" in refusal.remedy


def test_an_image_of_which_nothing_is_known_may_be_the_sources_own() -> None:
    assert "can't be told from the source's own file" in case(replace(THERE, fingerprint=None))


@BOTH
def test_the_sources_own_file_by_another_way_is_told_as_that(wish: Storage) -> None:
    assert f"is the source's own file {LOCAL.path}" in case(replace(THERE, fingerprint=HERE), wish)


@BOTH
def test_one_inode_of_one_file_system_is_one_file_on_whichever_host_it_is_seen(wish: Storage) -> None:
    own = replace(LOCAL, image=replace(IMAGE, identity="fsid:5:1000.1"))
    there = replace(THERE, identity="fsid:5:1000.1")
    assert "is the source's own file" in why(known(own, wish=wish, there=(there,)))
    other = known(own, wish=MUST_EXIST, there=(replace(there, identity="fsid:6:1000.1"),))
    assert refusals(other) == ()


@BOTH
def test_an_equal_change_time_alone_is_enough_not_to_touch_it(wish: Storage) -> None:
    found = case(replace(THERE, fingerprint=replace(OLDER, changed=HERE.changed)), wish)
    assert "can't be told from the source's own file" in found


@BOTH
def test_the_file_of_another_disk_of_the_guest_is_told_too(wish: Storage) -> None:
    other = RAW.image
    assert other
    swapped = replace(THERE, fingerprint=other.fingerprint)
    there = (swapped, replace(THERE, path=RAW.path, format="raw") if wish is MUST_EXIST else ABSENT[1])
    found = told(known(LOCAL, RAW, wish=wish, there=there))
    assert [(refusal.target, RAW.path in refusal.why) for refusal in found] == [("vdb", True)]


@BOTH
def test_a_domain_of_the_destination_that_names_the_path_is_in_the_way(wish: Storage) -> None:
    there = replace(GONE if wish is CREATE else THERE, used_by=("other-vm",))
    assert "other-vm names that path" in case(there, wish)


# must exist


def test_an_image_that_fits_is_taken() -> None:
    facts = known(LOCAL, wish=MUST_EXIST, there=(THERE,))
    assert refusals(facts) == ()
    assert copies(facts)[0].existing == OLDER


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (GONE, "is missing"),
        (replace(THERE, format="raw"), "is raw, and not qcow2"),
        (replace(THERE, format=""), "of no known format"),
        (replace(THERE, virtual_size_bytes=GIB - 1), "smaller"),
        (replace(THERE, virtual_size_bytes=GIB + 1), "larger"),
        (replace(THERE, virtual_size_bytes=None), "unknown size"),
        (replace(THERE, used_by=("other-vm",)), "other-vm"),
        (replace(THERE, backing="/images/base.qcow2"), "layered on /images/base.qcow2"),
        (replace(THERE, fingerprint=None), "can't be told from"),
    ],
)
def test_each_way_in_which_an_existing_image_does_not_fit_is_told(there: ImageFacts, words: str) -> None:
    assert words in case(there, MUST_EXIST)


def test_a_source_that_was_looked_at_anew_afterwards_proves_nothing_of_an_existing_image() -> None:
    facts = known(LOCAL, wish=MUST_EXIST, there=(THERE,))
    earlier = tuple(replace(probe, path=f"{probe.directory}/.godwit-0") for probe in facts.read)
    facts = replace(facts, read=earlier)
    assert "looked at anew after the destination" in why(facts)
    assert copies(facts) == ()


def test_all_that_is_wrong_with_an_image_is_told_at_once() -> None:
    there = replace(THERE, format="raw", virtual_size_bytes=5, used_by=("x",), fingerprint=HERE)
    assert len(told(known(LOCAL, wish=MUST_EXIST, there=(there,)), Topic.DESTINATION_IMAGE)) == 4


def test_fewer_images_than_disks_are_told_by_the_missing_one() -> None:
    facts = known(LOCAL, RAW, wish=MUST_EXIST, there=(THERE, ABSENT[1]))
    assert "disk vdc (/images/vdc.raw)" in why(facts)
    assert "is missing" in why(facts)


@pytest.mark.parametrize("by", ["inode", "fingerprint"])
def test_two_images_at_the_destination_that_are_one_file_are_refused(by: str) -> None:
    identity = "8:1/7" if by == "inode" else ""
    one = replace(THERE, identity=identity)
    two = replace(one, path=RAW.path, format="raw", fingerprint=OLDER if by == "fingerprint" else None)
    if by == "inode":
        two = replace(two, fingerprint=replace(OLDER, changed="400.0"))
    found = told(known(LOCAL, RAW, wish=MUST_EXIST, there=(one, two)))
    assert [refusal.target for refusal in found] == ["vdb", "vdc"]
    assert all("are one file" in refusal.why for refusal in found)


@pytest.mark.parametrize(
    ("file_system", "refused"), [("ext4", False), ("nfs4", True), ("fuse.glusterfs", True)]
)
def test_on_a_network_file_system_a_change_time_just_before_the_sources_may_be_an_old_one(
    file_system: str, refused: bool
) -> None:
    facts = known(
        LOCAL, wish=MUST_EXIST, there=(replace(THERE, fingerprint=replace(OLDER, changed="990.0")),)
    )
    facts = replace(facts, directories=(replace(PLACE, file_system=file_system),))
    assert bool(refusals(facts)) is refused
    if refused:
        assert "create a new VMMigration in" in told(facts)[0].remedy


# the directory


@BOTH
@pytest.mark.parametrize(
    ("allowed", "place", "words"),
    [
        (("/elsewhere",), PLACE, "under none of the destination's image directories (/elsewhere)"),
        (("/imag", "/images2"), PLACE, "under none"),
        ((), PLACE, "there are none"),
        (("/images",), None, "did not look at /images"),
        (("/images",), replace(PLACE, allowed=False), "symlink is on the way"),
        (("/images",), replace(PLACE, allowed=False, message="/images is a symlink"), "/images is a symlink"),
    ],
)
def test_images_lie_in_allowed_directories_only(
    allowed: tuple[str, ...], place: DirectoryFacts | None, words: str, wish: Storage
) -> None:
    facts = known(LOCAL, wish=wish, there=(THERE if wish is MUST_EXIST else GONE,))
    facts = replace(facts, image_directories=allowed, directories=(place,) if place else ())
    assert words in why(facts)
    assert copies(facts) == ()


@BOTH
def test_a_symlink_on_the_way_is_told_once_and_not_as_if_it_lay_in_the_images_place(wish: Storage) -> None:
    facts = known(LOCAL, wish=wish, there=(replace(THERE, kind=FileKind.SYMLINK),))
    facts = replace(facts, directories=(replace(PLACE, allowed=False, message="/images is a symlink"),))
    [said] = refusals(facts)
    assert "/images is a symlink" in said.why


def test_a_missing_directory_under_an_allowed_one_is_made() -> None:
    deep = replace(LOCAL, path="/images/a/b/vdb.qcow2", image=replace(IMAGE, path="/images/a/b/vdb.qcow2"))
    place = DirectoryFacts("/images/a/b", missing=("/images/a", "/images/a/b"), allowed=True, free_bytes=GIB)
    facts = known(deep, there=(ImageFacts(deep.path, FileKind.ABSENT),))
    assert refusals(replace(facts, directories=(place,))) == ()


# the firmware's variables


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (ImageFacts("/nvram/a.fd", FileKind.REGULAR, used_by=("other",)), "other names that path"),
        (ImageFacts("/nvram/a.fd", FileKind.SYMLINK), "no regular file"),
    ],
)
def test_the_firmwares_file_of_another_domain_is_never_overwritten(there: ImageFacts, words: str) -> None:
    facts = known(there=(there,))
    facts = replace(facts, guest=replace(facts.guest, nvram=ImageFacts("/nvram/a.fd", FileKind.REGULAR)))
    assert words in why(facts)


@pytest.mark.parametrize("kind", [FileKind.REGULAR, FileKind.ABSENT, FileKind.UNKNOWN])
def test_the_firmwares_file_of_an_earlier_move_is_in_nobodys_way(kind: FileKind) -> None:
    facts = known(there=(ImageFacts("/nvram/a.fd", kind),))
    facts = replace(facts, guest=replace(facts.guest, nvram=ImageFacts("/nvram/a.fd", FileKind.REGULAR)))
    assert refusals(facts) == ()
