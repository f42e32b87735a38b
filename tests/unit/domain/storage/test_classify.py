"""Which class each kind of disk has, and what becomes of it: row by row."""

import pytest
from msgspec.structs import replace

from godwit.domain.disks import DiskAction, DiskClass, SourceImages, Storage, Strategy
from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.storage import StorageFacts, Topic, classify, refusals

from .known import (
    ABSENT,
    BLOCK,
    CDROM,
    CREATE,
    DELETE,
    DEVICE,
    DISK,
    EMPTY,
    ISO,
    LOCAL,
    MUST_EXIST,
    NETWORK,
    RAW,
    THERE,
    copying,
    known,
    line,
    told,
    why,
)

KEEP, COPY, EJECT, REFUSE = DiskAction.KEEP, DiskAction.COPY, DiskAction.EJECT, DiskAction.REFUSE
NO_ISO = ImageFacts(CDROM.path, FileKind.ABSENT)


@pytest.mark.parametrize(
    ("disk", "kind", "action"),
    [
        (DISK, DiskClass.SHARED, KEEP),
        (replace(DISK, shareable=True), DiskClass.SHAREABLE, KEEP),
        (replace(DISK, read_only=True), DiskClass.READ_ONLY, KEEP),
        (LOCAL, DiskClass.LOCAL, COPY),
        (RAW, DiskClass.LOCAL, COPY),
        (replace(LOCAL, shareable=True), DiskClass.LOCAL, REFUSE),
        (replace(LOCAL, transient=True), DiskClass.LOCAL, REFUSE),
        (replace(DISK, transient=True), DiskClass.LOCAL, REFUSE),
        (CDROM, DiskClass.READ_ONLY, KEEP),
        (EMPTY, DiskClass.EMPTY, KEEP),
        (replace(EMPTY, read_only=False, device="floppy"), DiskClass.EMPTY, KEEP),
        (NETWORK, DiskClass.NETWORK, KEEP),
        (replace(NETWORK, read_only=True), DiskClass.NETWORK, KEEP),
        (replace(NETWORK, shareable=True), DiskClass.NETWORK, KEEP),
        (replace(NETWORK, transient=True), DiskClass.LOCAL, REFUSE),
        (replace(NETWORK, path=""), DiskClass.LOCAL, REFUSE),
        (BLOCK, DiskClass.SHARED, KEEP),
        (replace(BLOCK, shareable=True), DiskClass.SHAREABLE, KEEP),
        (replace(BLOCK, read_only=True), DiskClass.READ_ONLY, KEEP),
        (replace(BLOCK, path="/dev/loop0"), DiskClass.LOCAL, REFUSE),
        (replace(BLOCK, path="/dev/loop0", shareable=True), DiskClass.LOCAL, REFUSE),
        (replace(BLOCK, path="/dev/loop0", read_only=True), DiskClass.LOCAL, REFUSE),
        (replace(DISK, kind=DiskKind.VOLUME, path="pool/volume"), DiskClass.LOCAL, REFUSE),
        (replace(DISK, kind=DiskKind.DIR, path="/shared"), DiskClass.LOCAL, REFUSE),
        (replace(DISK, kind=DiskKind.OTHER, path=""), DiskClass.LOCAL, REFUSE),
        (replace(DISK, kind=DiskKind.DIR, path="/shared", read_only=True), DiskClass.READ_ONLY, REFUSE),
    ],
)
def test_the_class_of_a_disk_and_what_becomes_of_it(
    disk: DiskFacts, kind: DiskClass, action: DiskAction
) -> None:
    facts = known(disk, there=(*ABSENT, ISO, DEVICE))
    shown = line(facts, disk.target)
    assert (shown.disk_class, shown.action) == (kind, action)
    assert shown.proof
    assert bool(refusals(facts)) is (action is REFUSE)


def test_a_line_shows_what_the_image_takes() -> None:
    assert line(known(LOCAL)).allocated == 100 << 20


@pytest.mark.parametrize(
    ("disk", "words"),
    [
        (replace(LOCAL, transient=True), "<transient/>"),
        (replace(LOCAL, shareable=True), "<shareable/> and not proven"),
        (replace(DISK, kind=DiskKind.VOLUME), "volume disk"),
        (replace(DISK, kind=DiskKind.DIR), "dir disk"),
        (replace(BLOCK, path="/dev/loop0"), "/dev/loop0"),
    ],
)
def test_what_can_not_go_is_refused_by_name_with_the_remedy(disk: DiskFacts, words: str) -> None:
    [refusal] = told(known(disk))
    assert refusal.topic is Topic.DISKS
    assert f"disk {disk.target}" in refusal.about
    assert words in refusal.why
    assert refusal.remedy
    assert words in line(known(disk), disk.target).proof


# images that the guest can't write to


def test_a_read_only_image_of_the_same_content_on_both_hosts_is_kept() -> None:
    shown = line(known(CDROM, there=(ISO,)), "sda")
    assert (shown.disk_class, shown.action) == (DiskClass.READ_ONLY, KEEP)
    assert "same content" in shown.proof


def test_a_read_only_image_beside_a_token_needs_no_digest() -> None:
    beside = replace(CDROM, path="/shared/vm1.img", image=None)
    assert line(known(beside, there=()), "sda").action is KEEP


NO_DIGEST = replace(ISO, digest="", message="Permission denied")


@pytest.mark.parametrize(
    ("here", "there", "words"),
    [
        (ISO, replace(ISO, digest="other"), "other content"),
        (ISO, NO_DIGEST, "destination: Permission denied"),
        (NO_DIGEST, ISO, "source: Permission denied"),
        (NO_DIGEST, NO_DIGEST, "could not be read on the source"),
        (None, ISO, "source's libvirt does not list"),
        (replace(ISO, kind=FileKind.SYMLINK), ISO, "source's libvirt does not list"),
        (ISO, None, "is not known"),
        (ISO, replace(NO_ISO, kind=FileKind.UNKNOWN, message="no pool"), "no pool"),
        (ISO, replace(ISO, kind=FileKind.SYMLINK), "no regular file"),
        (ISO, NO_ISO, "has no such file"),
    ],
)
@pytest.mark.parametrize(("device", "topic"), [("cdrom", Topic.CDROM), ("disk", Topic.DISKS)])
def test_a_read_only_image_whose_content_is_not_known_to_be_the_same_is_refused(
    here: ImageFacts | None, there: ImageFacts | None, words: str, device: str, topic: Topic
) -> None:
    disk = replace(CDROM, device=device, image=here)
    facts = known(disk, there=(there,) if there else ())
    assert line(facts, "sda").action is REFUSE
    assert words in why(facts)
    assert told(facts, topic)


@pytest.mark.parametrize("device", ["cdrom", "floppy"])
@pytest.mark.parametrize("policy", ["optional", "requisite"])
def test_a_medium_that_the_destination_lacks_is_ejected_where_its_policy_allows_it(
    device: str, policy: str
) -> None:
    facts = known(replace(CDROM, device=device, startup_policy=policy), there=(NO_ISO,))
    shown = line(facts, "sda")
    assert (shown.disk_class, shown.action) == (DiskClass.READ_ONLY, EJECT)
    assert policy in shown.proof
    assert refusals(facts) == ()


@pytest.mark.parametrize(
    ("disk", "there"),
    [
        (replace(CDROM, startup_policy="mandatory"), NO_ISO),
        (replace(CDROM, startup_policy=""), NO_ISO),
        (replace(CDROM, startup_policy="optional", device="disk"), NO_ISO),
        (replace(CDROM, startup_policy="optional"), replace(ISO, digest="other")),
        (replace(CDROM, startup_policy="optional"), replace(NO_ISO, kind=FileKind.UNKNOWN)),
        (replace(CDROM, startup_policy="optional"), None),
    ],
)
def test_nothing_else_is_ejected(disk: DiskFacts, there: ImageFacts | None) -> None:
    assert line(known(disk, there=(there,) if there else ()), "sda").action is REFUSE


def test_a_layered_read_only_image_is_kept_only_on_shared_storage() -> None:
    layered = replace(CDROM, backing=("/iso/base.img",))
    assert "layer /iso/base.img" in why(known(layered, there=(ISO,)))
    shared = replace(DISK, read_only=True, backing=("/images/base.img",))
    assert "layer /images/base.img" in why(known(shared))
    on_network = replace(CDROM, backing=("rbd://pool/base",))
    assert why(known(on_network, there=(ISO,))).startswith("BackingChain")


# what the user asked for


@pytest.mark.parametrize(
    ("wish", "action"),
    [
        (CREATE, COPY),
        (Storage(Strategy.COPY), COPY),
        (Storage(Strategy.SHARED), REFUSE),
        (copying("vdb"), COPY),
        (copying("vdb", strategy=Strategy.AUTO), COPY),
        (copying("vdc"), REFUSE),
        (copying("vdc", strategy=Strategy.AUTO), REFUSE),
        (copying(), REFUSE),
        (copying("vdb", strategy=Strategy.SHARED), REFUSE),
    ],
)
def test_a_local_disk_is_copied_where_the_user_lets_it(wish: Storage, action: DiskAction) -> None:
    assert line(known(LOCAL, RAW, wish=wish)).action is action


def test_a_local_disk_is_never_left_behind_in_silence() -> None:
    facts = known(LOCAL, RAW, wish=copying("vdc"))
    assert "would be left behind" in why(facts)
    assert "/images/.godwit-1" in line(facts).proof


def test_strategy_shared_refuses_an_unproven_disk_by_name_with_the_missing_proof() -> None:
    told_why = why(known(DISK, LOCAL, wish=Storage(Strategy.SHARED)))
    assert told_why.startswith("Disks: disk vdb (/images/vdb.qcow2): ")
    assert "there is no /images/.godwit-1 on this host" in told_why


@pytest.mark.parametrize("strategy", [Strategy.AUTO, Strategy.COPY])
@pytest.mark.parametrize(
    ("disk", "words"),
    [
        (DISK, "copied onto itself"),
        (replace(DISK, shareable=True), "<shareable/>"),
        (replace(LOCAL, shareable=True), "<shareable/>"),
        (CDROM, "can't write to it"),
        (replace(DISK, read_only=True), "can't write to it"),
        (EMPTY, "no medium"),
        (NETWORK, "copied onto itself"),
        (BLOCK, "copied onto itself"),
        (replace(BLOCK, path="/dev/loop0"), "raw device"),
        (replace(LOCAL, device="lun"), "raw device"),
    ],
)
def test_what_must_not_be_copied_is_refused_in_the_list_by_its_name(
    strategy: Strategy, disk: DiskFacts, words: str
) -> None:
    there = (*ABSENT, ISO, DEVICE)
    facts = known(disk, wish=copying(disk.target, strategy=strategy), there=there)
    assert line(facts, disk.target).action is REFUSE
    [refusal] = told(facts, Topic.COPY_LIST)
    assert refusal.target == disk.target
    assert words in refusal.why
    assert refusal.remedy


def test_a_target_that_the_guest_has_not_is_told_with_those_that_it_has() -> None:
    [refusal] = told(known(LOCAL, DISK, wish=copying("vdb", "sdz")))
    assert (refusal.topic, refusal.target, refusal.why) == (
        Topic.COPY_LIST,
        "sdz",
        "the guest has no such disk",
    )
    assert "vdb, vda" in refusal.remedy


def test_a_target_that_is_named_twice_is_told_once() -> None:
    assert "more than once" in why(known(LOCAL, wish=copying("vdb", "vdb", "vdb")))


def test_a_list_under_strategy_shared_contradicts_itself() -> None:
    [refusal] = told(known(DISK, wish=copying("vda", strategy=Strategy.SHARED)), Topic.COPY_LIST)[:1]
    assert "strategy Shared copies nothing" in refusal.why


# what is said beforehand


def test_a_copy_says_what_is_made_or_lost_and_what_goes() -> None:
    assert "an image is made for it" in line(known(LOCAL)).proof
    overwritten = line(known(LOCAL, wish=MUST_EXIST, there=(THERE,)))
    assert "former content of the destination's image is lost" in overwritten.proof
    layered = replace(LOCAL, backing=("/base/a.img", "/base/b.img"))
    assert "the 2 below it become one" in line(known(layered)).proof
    assert line(known(LOCAL)).source_image == "kept: spec.storage.sourceImages is Keep"
    assert line(known(LOCAL, wish=DELETE)).source_image == "goes after the commit"
    kept = line(replace(known(LOCAL, wish=DELETE), written=()))
    assert kept.source_image.startswith("kept: no token could be written")
    assert line(known(DISK), "vda").source_image == ""
    assert line(known(LOCAL, there=(THERE,))).source_image == "", "nothing is copied"


def test_a_refused_copy_promises_nothing() -> None:
    shown = line(known(LOCAL, there=(THERE,)))
    assert shown.action is REFUSE
    assert "not proven to be shared" in shown.proof
    assert "an image is there on the destination already" in shown.proof
    assert "is made for it" not in shown.proof


def test_all_reasons_are_told_at_once() -> None:
    facts = known(
        replace(LOCAL, encrypted=True, backing=("../up",)),
        replace(RAW, format="vmdk"),
        CDROM,
        replace(DISK, transient=True),
        wish=Storage(disks=("vdb", "vdc", "gone")),
        there=(THERE,),
    )
    assert {refusal.topic for refusal in refusals(facts)} == set(Topic)


def test_a_hybrid_guest_moves_by_auto_alone() -> None:
    facts = known(DISK, LOCAL, RAW, CDROM, EMPTY, there=(*ABSENT, ISO))
    assert refusals(facts) == ()
    assert [line(facts, target).action for target in ("vda", "vdb", "vdc", "sda", "sdb")] == [
        KEEP,
        COPY,
        COPY,
        KEEP,
        KEEP,
    ]


def test_nothing_is_proven_by_nothing() -> None:
    facts = StorageFacts(known(DISK, LOCAL, RAW, CDROM, BLOCK).guest)
    assert all(line(facts, disk.target).action is REFUSE for disk in facts.guest.disks)


def test_delete_changes_no_class() -> None:
    wish = Storage(source_images=SourceImages.DELETE)
    assert line(known(DISK, LOCAL, wish=wish), "vda").action is KEEP


@pytest.mark.parametrize("shared", [DISK, NETWORK, replace(DISK, shareable=True)])
def test_copy_without_a_list_refuses_a_shared_disk_by_its_name_and_auto_keeps_it(shared: DiskFacts) -> None:
    copies_all = known(shared, LOCAL, wish=Storage(Strategy.COPY))
    [refusal] = refusals(copies_all)
    assert (refusal.topic, refusal.target) == (Topic.DISKS, shared.target)
    assert refusal.why.startswith("it is proven to be shared, and strategy Copy leaves no disk where it is: ")
    assert "Auto" in refusal.remedy
    assert line(copies_all, shared.target).action is DiskAction.REFUSE
    for wish in (Storage(), Storage(disks=("vdb",)), Storage(Strategy.COPY, ("vdb",))):
        assert line(known(shared, LOCAL, wish=wish), shared.target).action is DiskAction.KEEP


def test_copy_refuses_no_disk_that_the_guest_only_reads_and_copies_the_local_ones() -> None:
    facts = known(LOCAL, CDROM, EMPTY, wish=Storage(Strategy.COPY), there=(*ABSENT, ISO))
    assert refusals(facts) == ()
    assert [each.action for each in classify(facts)] == [DiskAction.COPY, DiskAction.KEEP, DiskAction.KEEP]
