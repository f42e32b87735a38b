"""What the destination is asked to look at, the plan for copied disks, and what `Preparing` says of it."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import CreateTask, Decision, WriteSpec
from godwit.domain.disks import DiskAction, DiskClass, Provisioning, SourceImages, Storage
from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.host import HypervisorStatus, ImageDirectory
from godwit.domain.image import DirectoryFacts, FileKind, Fingerprint, ImageFacts
from godwit.domain.limits import Tuning
from godwit.domain.migration import MigrationStatus, Phase
from godwit.domain.observation import Observation
from godwit.domain.plan import Plan, ResumeWhen, Switchover
from godwit.domain.reasons import Reason
from godwit.domain.steps.plan import plan_of
from godwit.domain.storage import Promise
from godwit.domain.task import Goal, Probe, TaskStatus

from ..builders import (
    BEGUN,
    CONTACT,
    DISK,
    FACTS,
    HOSTS,
    NOON,
    OFFER,
    OUTLOOK,
    QEMU_CLIENT,
    QEMU_SERVER,
    RUN_MARK,
    SKEW,
    SOURCE_TASK,
    TAKEN,
    WRITTEN,
    destination,
    observation,
    source,
)
from .pairs import ended

GIB, MIB = 1 << 30, 1 << 20
PATH = "/images/vm1.img"
SEEN = Fingerprint(GIB, 64 * MIB, "1767268000.1", "1767268000.1")
IMAGE = ImageFacts(
    PATH, FileKind.REGULAR, "raw", GIB, 64 * MIB, owner=64055, group=64055, mode="0600", fingerprint=SEEN
)
LOCAL = DiskFacts(
    "vdb",
    DiskKind.FILE,
    path=PATH,
    format="raw",
    virtual_size_bytes=GIB,
    regular_file=True,
    file_system="ext4",
    image=IMAGE,
)
CDROM = DiskFacts(
    "sda",
    DiskKind.FILE,
    device="cdrom",
    path="/images/cd.iso",
    format="raw",
    read_only=True,
    startup_policy="optional",
    image=ImageFacts("/images/cd.iso", FileKind.REGULAR, "iso"),
)
BESIDE = Probe("/images", "/images/.godwit-1", (PATH,), "other", file_system="ext4")
ABSENT_THERE = ImageFacts(PATH, FileKind.ABSENT)
ROOMY = DirectoryFacts("/images", exists=True, allowed=True, free_bytes=GIB, file_system="ext4")
EXISTING = replace(IMAGE, fingerprint=replace(SEEN, modified="1767260000.5", changed="1767260000.5"))
DELETE = Storage(source_images=SourceImages.DELETE)
MUST_EXIST = Storage(provisioning=Provisioning.MUST_EXIST)


def inspected(
    *disks: DiskFacts,
    there: ImageFacts = ABSENT_THERE,
    place: DirectoryFacts = ROOMY,
    wish: Storage | None = None,
    tuning: Tuning | None = None,
    writes: int | None = 1000,
) -> Observation:
    """A guest with a shared disk and those, as both hosts have told it."""
    facts = replace(FACTS, disks=(DISK, *disks), writes_bytes_per_second=writes)
    probes = (WRITTEN, BESIDE)
    here = TaskStatus(
        reached=Goal.INSPECTED,
        facts=facts,
        outlook=OUTLOOK,
        offer=OFFER,
        qemu_certificate=QEMU_CLIENT,
        run_mark=RUN_MARK,
        probes=probes,
    )
    unread = replace(BESIDE, token="", images=(), message="it is not there")
    answer = TaskStatus(
        reached=Goal.INSPECTED,
        reception=TAKEN,
        contact=CONTACT,
        qemu_certificate=QEMU_SERVER,
        probes=(WRITTEN, unread),
        images=(there, ImageFacts("/images/cd.iso", FileKind.ABSENT)),
        directories=(place,),
    )
    seen = observation(BEGUN, source(Goal.INSPECTED, here), destination(Goal.INSPECTED, answer))
    status: HypervisorStatus = replace(
        HOSTS[1].status, image_directories=(ImageDirectory("/images", GIB, GIB, "ext4"),)
    )
    spec = replace(seen.migration.spec, storage=wish or Storage(), tuning=tuning or Tuning())
    return replace(
        seen,
        clock_skew=SKEW,
        hypervisors=(HOSTS[0], replace(HOSTS[1], status=status)),
        migration=replace(seen.migration, spec=spec),
    )


def with_status(seen: Observation, status: MigrationStatus) -> Observation:
    return replace(seen, migration=replace(seen.migration, status=status))


def validated(seen: Observation) -> Observation:
    decision = decide(seen, NOON)
    assert decision.phase is Phase.PREPARING, decision.message
    return with_status(seen, decision.journal)


def prepared(seen: Observation) -> Decision:
    return decide(validated(seen), NOON)


def plan_in(decision: Decision) -> Plan:
    plans = [act.spec.plan for act in decision.acts if isinstance(act, WriteSpec)]
    assert plans[0] is not None
    assert plans[0] == plans[1]
    return plans[0]


# what the destination looks at


def test_the_destination_is_asked_for_every_image_and_for_the_content_of_those_that_are_compared() -> None:
    seen = replace(inspected(LOCAL, CDROM), destination=None)
    [act] = decide(seen, NOON).acts
    assert isinstance(act, CreateTask)
    assert act.spec.images == (DISK.path, PATH, "/images/cd.iso")
    assert act.spec.digests == ("/images/cd.iso",)
    assert [probe.token for probe in act.spec.probes] == ["", ""]


def test_the_source_is_asked_for_nothing_but_its_guest() -> None:
    [act] = decide(replace(inspected(LOCAL), source=None, destination=None), NOON).acts
    assert isinstance(act, CreateTask)
    assert (act.spec.probes, act.spec.images, act.spec.digests) == ((), (), ())


# what is written of the disks


def test_each_disk_has_its_class_its_proof_and_what_becomes_of_it() -> None:
    shared, local = validated(inspected(LOCAL)).migration.status.disks
    assert (shared.disk_class, shared.action) == (DiskClass.SHARED, DiskAction.KEEP)
    assert (local.disk_class, local.action, local.allocated) == (DiskClass.LOCAL, DiskAction.COPY, 64 * MIB)
    assert "not proven to be shared" in local.proof
    assert "the copy can follow" in local.proof
    assert "the copy can follow" not in shared.proof


# the plan


def test_the_plan_copies_what_is_local_and_nothing_else() -> None:
    plan = plan_in(prepared(inspected(LOCAL)))
    [copy] = plan.copies
    assert (copy.target, copy.path, copy.format, copy.virtual_size_bytes) == ("vdb", PATH, "raw", GIB)
    assert (copy.create, copy.owner, copy.group, copy.mode) == (True, 64055, 64055, "0600")
    assert (plan.ejected, plan.synchronous_writes, plan.delete_nvram) == ((), False, False)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("10.0.0.2", "10.0.0.2"),
        ("fd00::12", "[fd00::12]"),
        ("host2.example", "host2.example"),
        ("host2:16515", "host2:16515"),
    ],
)
def test_an_ipv6_address_has_brackets_in_both_uris(address: str, host: str) -> None:
    seen = validated(inspected(LOCAL))
    here, there = seen.hypervisors
    moved = replace(there, spec=replace(there.spec, migration_address=address))
    plan = plan_of(replace(seen, hypervisors=(here, moved)))
    assert (plan.destination_uri, plan.migrate_uri) == (f"qemu+tls://{host}/system", f"tcp://{host}")


def test_a_guest_whose_disks_are_shared_has_an_empty_list() -> None:
    plan = plan_in(prepared(inspected()))
    assert (plan.copies, plan.switchover) == ((), Switchover.FAST)


def test_a_copied_disk_makes_the_switchover_strict() -> None:
    decision = prepared(inspected(LOCAL))
    plan = plan_in(decision)
    assert (plan.switchover, plan.resume_when) == (Switchover.STRICT, ResumeWhen(SOURCE_TASK, 1))


def test_a_medium_that_the_destination_lacks_is_ejected_as_its_policy_allows() -> None:
    decision = prepared(inspected(CDROM))
    assert plan_in(decision).ejected == ("sda",)
    assert "disk sda arrives empty, as the startupPolicy allows" in decision.message


def test_an_image_that_must_exist_goes_into_the_plan_with_its_fingerprint() -> None:
    [copy] = plan_in(prepared(inspected(LOCAL, there=EXISTING, wish=MUST_EXIST))).copies
    assert (copy.create, copy.existing) == (False, EXISTING.fingerprint)


@pytest.mark.parametrize("wish", [Storage(), DELETE], ids=["Keep", "Delete"])
def test_only_who_asks_for_it_has_the_sources_images_deleted(wish: Storage) -> None:
    decision = prepared(inspected(LOCAL, wish=wish))
    [copy] = plan_in(decision).copies
    asked = wish is DELETE
    assert copy.delete_source is asked
    assert (f"the source's {PATH} will be deleted (sourceImages: Delete)" in decision.message) is asked


@pytest.mark.parametrize(
    ("writes", "bandwidth", "synchronous"),
    [
        (None, None, False),
        (7 * MIB, None, False),
        (8 * MIB, None, True),
        (8 * MIB, "64Mi", False),
        (8 * MIB, "16Mi", True),
    ],
)
def test_a_guest_that_writes_as_fast_as_the_copy_has_synchronous_writes_and_it_is_said_why(
    writes: int | None, bandwidth: str | None, synchronous: bool
) -> None:
    decision = prepared(inspected(LOCAL, writes=writes, tuning=Tuning(bandwidth=bandwidth)))
    assert plan_in(decision).synchronous_writes is synchronous
    assert ("synchronous writes: the guest writes 8.0 MiB/s" in decision.message) is synchronous


def test_a_guest_without_copies_never_has_synchronous_writes() -> None:
    assert not plan_in(prepared(inspected(writes=GIB))).synchronous_writes


# what `Preparing` says


def test_preparing_says_what_is_copied_and_which_switchover_for_which_reason() -> None:
    seen = inspected(LOCAL)
    first, second = decide(seen, NOON), prepared(seen)
    assert first.message == second.message, "going on within a phase costs no write"
    assert first.message == (
        "all checks passed; disk vdb is copied; strict switchover: disk vdb is copied: no image lock holds "
        "two images together"
    )


def test_preparing_warns_of_what_is_lost_before_the_copy_begins() -> None:
    message = decide(inspected(LOCAL, there=EXISTING, wish=MUST_EXIST), NOON).message
    assert (
        f"disk vdb is copied, onto what is there (provisioning: MustExist): the former content of {PATH} at "
        "the destination is lost once the copy begins"
    ) in message


def test_a_bandwidth_that_changes_meanwhile_does_not_change_the_plan() -> None:
    seen = validated(inspected(LOCAL, writes=8 * MIB))
    acts = [act for act in decide(seen, NOON).acts if isinstance(act, WriteSpec)]
    told = replace(
        seen,
        source=replace(seen.source, spec=acts[0].spec) if seen.source else None,
        destination=replace(seen.destination, spec=acts[1].spec) if seen.destination else None,
    )
    spec = replace(told.migration.spec, tuning=Tuning(bandwidth="64Mi"))
    decision = decide(replace(told, migration=replace(told.migration, spec=spec)), NOON)
    assert decision.message.endswith("; synchronous writes")
    assert {act.spec.plan for act in decision.acts if isinstance(act, WriteSpec)} <= {acts[0].spec.plan}


# nothing is done that was not said


def test_a_plan_that_differs_from_what_was_checked_is_not_followed() -> None:
    """An admin takes the image directory away between the checks and the plan: the disk would stay behind."""
    seen = validated(inspected(LOCAL))
    elsewhere = replace(seen.hypervisors[1].status, image_directories=())
    changed = replace(seen, hypervisors=(HOSTS[0], replace(HOSTS[1], status=elsewhere)))
    decision = decide(changed, NOON)
    assert ended(decision) is Reason.CHECKS_FAILED
    assert decision.message.startswith("what status.disks says of disk vdb is not what would be done")


def test_a_disk_that_nobody_says_how_to_treat_ends_it_though_every_check_passed() -> None:
    seen = validated(inspected(LOCAL))
    status = seen.migration.status
    lines = (status.disks[0], replace(status.disks[1], action=DiskAction.REFUSE))
    decision = decide(with_status(seen, replace(status, disks=lines)), NOON)
    assert ended(decision) is Reason.CHECKS_FAILED


# room


def test_what_others_have_still_to_fill_counts_as_taken() -> None:
    enough = inspected(LOCAL)
    assert decide(enough, NOON).phase is Phase.PREPARING
    crowded = replace(enough, promised=(Promise("/images", GIB - 64 * MIB),))
    decision = decide(crowded, NOON)
    assert ended(decision) is Reason.CHECKS_FAILED
    assert "Space" in decision.message
