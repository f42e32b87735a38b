"""What the hosts look at, and what the plan says: exactly the disks that may go, and no other."""

from msgspec.structs import replace

from godwit.domain.disks import Storage
from godwit.domain.guest import DiskKind
from godwit.domain.host import Hypervisor, HypervisorSpec, HypervisorStatus, ImageDirectory
from godwit.domain.image import Copy, FileKind, ImageFacts, Kept
from godwit.domain.storage import (
    Promise,
    copies,
    digests_for,
    ejected,
    gather,
    kept,
    nvram,
    paths_to_look_at,
    wanted_copies,
)
from godwit.domain.task import TaskStatus

from .known import (
    BLOCK,
    CDROM,
    DEVICE_PATH,
    DISK,
    EMPTY,
    FACTS,
    GIB,
    LOCAL,
    MUST_EXIST,
    NETWORK,
    NO_TOKEN,
    OLDER,
    PLACE,
    RAW,
    THERE,
    TOKEN_HERE,
    copying,
    known,
)

NVRAM = ImageFacts("/nvram/vm1.fd", FileKind.REGULAR)


def test_the_destination_looks_at_every_file_and_device_and_at_the_firmwares_file() -> None:
    doubled = replace(LOCAL, target="vdx", path="/images//x.img")
    disks = (DISK, LOCAL, CDROM, EMPTY, NETWORK, BLOCK, doubled)
    guest = replace(FACTS, disks=disks, nvram=NVRAM)
    assert paths_to_look_at(guest) == (
        DISK.path,
        LOCAL.path,
        CDROM.path,
        DEVICE_PATH,
        "/images/x.img",
        NVRAM.path,
    )


def test_layers_are_looked_at_and_those_of_disks_that_stay_are_looked_at_once_more() -> None:
    layered = replace(DISK, backing=("/images/base.qcow2", "nbd://host/base", "/images/../up"))
    facts = known(layered, LOCAL, NETWORK, BLOCK, EMPTY)
    assert "/images/base.qcow2" in paths_to_look_at(facts.guest)
    assert not {"nbd://host/base", "/images/../up"} & set(paths_to_look_at(facts.guest))


def test_the_plan_names_the_files_of_disks_that_stay_and_no_others() -> None:
    facts = known(DISK, LOCAL, NETWORK, BLOCK, EMPTY)
    assert [judged.target for judged in copies(facts)] == [LOCAL.target]
    assert kept(facts) == (Kept(DISK.target, DISK.path),)
    layer = "/images/base.qcow2"
    layered = known(replace(DISK, backing=(layer,)))
    both = tuple(replace(probe, images=(*probe.images, layer)) for probe in layered.written)
    layered = replace(layered, written=both, read=both)
    assert kept(layered) == (Kept(DISK.target, DISK.path), Kept(DISK.target, layer))


def test_the_plan_names_the_firmwares_file() -> None:
    facts = known(DISK)
    assert nvram(facts) == ""
    assert nvram(replace(facts, guest=replace(facts.guest, nvram=NVRAM))) == NVRAM.path


def test_nothing_is_looked_at_under_a_path_that_leads_who_knows_where() -> None:
    wrong = (
        replace(LOCAL, path="x.img"),
        replace(LOCAL, path="/a/../x.img"),
        replace(CDROM, path="../a.iso"),
    )
    assert paths_to_look_at(replace(FACTS, disks=wrong)) == ()
    assert digests_for(replace(FACTS, disks=wrong)) == ()


def test_no_path_is_looked_at_twice() -> None:
    assert paths_to_look_at(replace(FACTS, disks=(LOCAL, replace(LOCAL, target="vdx")))) == (LOCAL.path,)


def test_the_content_is_compared_of_what_is_read_only_and_of_devices() -> None:
    volume = replace(CDROM, kind=DiskKind.VOLUME)
    guest = replace(FACTS, disks=(DISK, LOCAL, CDROM, EMPTY, NETWORK, BLOCK, volume))
    assert digests_for(guest) == (CDROM.path, DEVICE_PATH)


def test_a_copy_is_the_sources_image_to_the_byte() -> None:
    [qcow2, raw] = copies(known(DISK, LOCAL, RAW, EMPTY))
    needed = (100 << 20) * 105 // 100 + (64 << 20)
    assert qcow2 == Copy(
        "vdb",
        "/images/vdb.qcow2",
        "qcow2",
        GIB,
        cluster_size_bytes=65536,
        compat="1.1",
        owner=64055,
        group=108,
        mode="0600",
        needed_bytes=needed,
    )
    assert raw == Copy(
        "vdc", "/images/vdc.raw", "raw", GIB, owner=64055, group=108, mode="0600", needed_bytes=needed
    )


def test_a_copy_onto_an_image_that_must_exist_carries_what_was_seen_of_it() -> None:
    [copy] = copies(known(LOCAL, wish=MUST_EXIST, there=(THERE,)))
    assert not copy.create
    assert copy.existing == OLDER


def test_a_path_is_written_plainly_in_the_plan() -> None:
    [copy] = copies(known(replace(LOCAL, path="/images/./vdb.qcow2")))
    assert copy.path == "/images/vdb.qcow2"


def test_layers_are_flattened_and_the_plan_says_so() -> None:
    [copy] = copies(known(replace(LOCAL, backing=("/base/a.img",))))
    assert copy.flattened


def test_only_listed_disks_are_copied_and_nothing_where_none_is_local() -> None:
    assert [copy.target for copy in copies(known(LOCAL, RAW, wish=copying("vdc")))] == ["vdc"]
    assert copies(known(DISK, CDROM, EMPTY)) == ()


def test_a_disk_that_something_stands_against_is_not_in_the_plan_but_counts_for_the_space() -> None:
    facts = known(LOCAL, RAW, there=(THERE, ImageFacts(RAW.path, FileKind.ABSENT)))
    assert [copy.target for copy in copies(facts)] == ["vdc"]
    assert [copy.target for copy in wanted_copies(facts)] == ["vdb", "vdc"]


def test_what_is_not_to_be_copied_never_counts_for_the_space() -> None:
    assert wanted_copies(known(LOCAL, RAW, wish=copying("vdc")))[0].target == "vdc"
    assert wanted_copies(known(DISK, replace(LOCAL, shareable=True))) == ()


def test_drives_that_arrive_empty_are_named() -> None:
    gone = (ImageFacts(CDROM.path, FileKind.ABSENT),)
    assert ejected(known(DISK, replace(CDROM, startup_policy="optional"), EMPTY, there=gone)) == ("sda",)
    assert ejected(known(DISK, CDROM, EMPTY, there=gone)) == ()


# what is gathered


def host(asked: tuple[str, ...] | None = None) -> Hypervisor:
    mounted = (ImageDirectory("/images"), ImageDirectory("/more"))
    return Hypervisor(
        "host2",
        HypervisorSpec(image_directories=asked),
        HypervisorStatus(image_directories=mounted, secrets=("uuid",)),
    )


def test_all_is_gathered_from_both_journals_and_the_destination() -> None:
    here = TaskStatus(probes=(TOKEN_HERE,))
    there = TaskStatus(probes=(NO_TOKEN,), images=(THERE,), directories=(PLACE,))
    promised = (Promise("/images", 5),)
    facts = gather(FACTS, MUST_EXIST, here, there, host(), promised)
    assert (facts.guest, facts.wish) == (FACTS, MUST_EXIST)
    assert (facts.written, facts.read) == ((TOKEN_HERE,), (NO_TOKEN,))
    assert (facts.images, facts.directories) == ((THERE,), (PLACE,))
    assert (facts.secrets, facts.promised) == (("uuid",), promised)


def test_the_admins_word_about_image_directories_comes_before_what_the_agent_has() -> None:
    nothing = TaskStatus()
    assert gather(FACTS, Storage(), nothing, nothing, host()).image_directories == ("/images", "/more")
    assert gather(FACTS, Storage(), nothing, nothing, host(("/more",))).image_directories == ("/more",)
    assert gather(FACTS, Storage(), nothing, nothing, host(())).image_directories == ()


def test_a_path_is_found_in_any_spelling() -> None:
    facts = known(LOCAL, there=(replace(THERE, path="/images//vdb.qcow2"),))
    assert facts.image("/images/./vdb.qcow2")
    assert facts.directory("/images//x") == PLACE
    assert facts.image("/images/x") is None
    assert facts.directory("/other/x") is None
    assert facts.disk("vdb") == LOCAL
    assert facts.disk("vdz") is None
