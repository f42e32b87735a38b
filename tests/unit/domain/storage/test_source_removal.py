"""Which of the source's files may go after the commit: those that are proven to be its own."""

import pytest
from msgspec.structs import replace

from godwit.domain.disks import Provisioning, SourceImages, Storage
from godwit.domain.image import FileKind, Fingerprint, ImageFacts
from godwit.domain.storage import StorageFacts, copies, delete_nvram
from godwit.domain.storage.source_removal import kept_because

from .known import (
    ABSENT,
    CDROM,
    CREATE,
    DELETE,
    HERE,
    IMAGE,
    LOCAL,
    NO_TOKEN,
    OLDER,
    RAW,
    THERE,
    TOKEN_HERE,
    WRITTEN,
    known,
)

ONTO_EXISTING = Storage(provisioning=Provisioning.MUST_EXIST, source_images=SourceImages.DELETE)


def may_go(facts: StorageFacts) -> bool:
    [copy, *_] = copies(facts)
    return copy.delete_source


def test_nothing_goes_unless_it_was_asked_for() -> None:
    assert may_go(known(LOCAL, wish=DELETE))
    assert not may_go(known(LOCAL, wish=CREATE))


def test_an_image_that_was_copied_onto_another_goes_as_well() -> None:
    assert may_go(known(LOCAL, wish=ONTO_EXISTING, there=(THERE,)))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(known(LOCAL), written=(WRITTEN,)), "no token could be written"),
        (replace(known(LOCAL), written=(replace(TOKEN_HERE, token=""),)), "no token could be written"),
        (replace(known(LOCAL), written=(replace(TOKEN_HERE, file_system="nfs4"),)), "other hosts may reach"),
        (replace(known(LOCAL), read=(TOKEN_HERE,)), "its directory is shared"),
        (replace(known(LOCAL), read=(replace(TOKEN_HERE, images=()),)), "its directory is shared"),
        (known(LOCAL, there=()), "not known"),
        (known(LOCAL, there=(replace(ABSENT[0], kind=FileKind.UNKNOWN),)), "not known"),
        (known(LOCAL, there=(replace(ABSENT[0], kind=FileKind.SYMLINK),)), "not known"),
        (known(LOCAL, there=(replace(THERE, fingerprint=HERE),)), "can't be told from it"),
        (known(LOCAL, there=(replace(THERE, fingerprint=None),)), "can't be told from it"),
    ],
)
def test_an_image_that_is_not_proven_to_be_the_sources_alone_stays(facts: StorageFacts, words: str) -> None:
    assert words in kept_because(facts, LOCAL)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (None, "does not show it"),
        (replace(IMAGE, used_by=("vm1", "clone")), "clone names it too"),
        (replace(IMAGE, backing="/images/base.img"), "layers are not known"),
    ],
)
def test_an_image_that_others_may_need_stays(image: ImageFacts | None, words: str) -> None:
    disk = replace(LOCAL, image=image)
    assert words in kept_because(known(disk), disk)


def test_an_image_that_the_guest_has_twice_stays() -> None:
    drive = replace(CDROM, path="/images//vdb.qcow2")
    assert "another disk" in kept_because(known(LOCAL, drive), LOCAL)
    on_top = replace(RAW, backing=(LOCAL.path,))
    assert "another disk" in kept_because(known(LOCAL, on_top), LOCAL)


def test_another_token_at_the_destination_shows_another_directory() -> None:
    other = replace(TOKEN_HERE, token="other")  # noqa: S106 - no password
    assert kept_because(replace(known(LOCAL), read=(other,)), LOCAL) == ""


# the firmware's variables

NVRAM = ImageFacts("/images/vm1.fd", FileKind.REGULAR, fingerprint=HERE, used_by=("vm1",))
GONE = ImageFacts(NVRAM.path, FileKind.ABSENT)


def nvram(
    there: ImageFacts | None = GONE, here: ImageFacts | None = NVRAM, wish: Storage = DELETE
) -> StorageFacts:
    facts = known(wish=wish, there=(there,) if there else ())
    return replace(facts, guest=replace(facts.guest, nvram=here))


def test_the_firmwares_file_goes_where_its_directory_is_proven_not_to_be_shared() -> None:
    assert delete_nvram(nvram())
    assert delete_nvram(nvram(there=replace(NVRAM, fingerprint=OLDER, used_by=())))


@pytest.mark.parametrize(
    "facts",
    [
        nvram(wish=CREATE),
        nvram(here=None),
        nvram(here=replace(NVRAM, kind=FileKind.UNKNOWN)),
        nvram(here=replace(NVRAM, used_by=("vm1", "clone"))),
        nvram(there=None),
        nvram(there=replace(GONE, kind=FileKind.UNKNOWN)),
        nvram(there=NVRAM),
        replace(nvram(), written=()),
        replace(nvram(), written=(replace(TOKEN_HERE, file_system="fuse.sshfs"),)),
        replace(nvram(), read=(replace(TOKEN_HERE, images=(NVRAM.path,)),)),
        replace(nvram(), read=(TOKEN_HERE,)),
    ],
    ids=[
        "not asked",
        "none",
        "unseen here",
        "another's",
        "not looked",
        "unseen there",
        "same",
        "no token",
        "a network's",
        "shared",
        "broken",
    ],
)
def test_the_firmwares_file_stays_otherwise(facts: StorageFacts) -> None:
    assert not delete_nvram(facts)


@pytest.mark.parametrize("changed", ["1000.5", "1000.6", "5000.0", "950.0", ""])
def test_a_firmwares_file_there_that_is_not_clearly_older_might_be_the_same(changed: str) -> None:
    there = replace(NVRAM, used_by=(), fingerprint=Fingerprint(1, 1, "1.0", changed))
    assert not delete_nvram(nvram(there=there))


def test_the_read_answer_is_the_local_one_in_these_tests() -> None:
    assert NO_TOKEN in nvram().read
