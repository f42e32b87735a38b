import pytest
from msgspec.structs import replace

from godwit.domain import guest_memory
from godwit.domain.choice.scores import SCORES, scores_of
from godwit.domain.guest import DiskKind, DomainState, DomainSummary, GuestFacts
from godwit.domain.host import CPU, Hypervisor, HypervisorSpec, ImageDirectory, Memory, Reserve
from godwit.domain.placement import HugepageDemand, Placement

from ..builders import DISK, FACTS, host

GIB = 1 << 30
GUEST = replace(FACTS, vcpus=2, memory_bytes=4 * GIB)


def with_facts(**facts: object) -> Hypervisor:
    known = host("host2")
    return replace(known, status=replace(known.status, **facts))


def score(name: str, known: Hypervisor, guest: GuestFacts = GUEST) -> int:
    return dict(scores_of(guest, known))[name]


def test_each_score_has_a_name_of_its_own() -> None:
    assert len({each.name for each in SCORES}) == len(SCORES)


@pytest.mark.parametrize(
    ("free", "reserve", "promised", "expected"),
    [
        (12, None, 0, 50),
        (12, "2Gi", 0, 37),
        (12, None, 2, 37),
        (12, "2Gi", 2, 25),
        (4, None, 0, 0),
        (1, "2Gi", 9, 0),
    ],
)
def test_memory_is_the_share_that_stays_free_with_the_guest_the_reserve_and_what_others_were_promised(
    free: int, reserve: str | None, promised: int, expected: int
) -> None:
    overhead = guest_memory.overhead_bytes(GUEST)
    known = with_facts(memory=Memory(16 * GIB, free * GIB + overhead))
    known = replace(known, spec=HypervisorSpec(reserve=Reserve(reserve)))
    assert dict(scores_of(GUEST, known, promised * GIB))["Memory"] == expected


def test_large_pages_take_none_of_it() -> None:
    large = replace(GUEST, placement=Placement(hugepages=(HugepageDemand(4 * GIB, GIB),)))
    known = with_facts(memory=Memory(16 * GIB, 8 * GIB + guest_memory.overhead_bytes(large)))
    assert score("Memory", known, large) == 50


def test_load_is_the_share_of_cpus_that_no_running_guest_wants() -> None:
    domains = (
        DomainSummary("a", "1", DomainState.RUNNING, vcpus=4),
        DomainSummary("b", "2", DomainState.SHUTOFF, vcpus=64),
    )
    assert score("Load", with_facts(cpu=CPU(count=8), domains=domains)) == 25
    assert score("Load", with_facts(cpu=CPU(count=4), domains=domains)) == 0


def test_what_a_host_does_not_tell_earns_nothing() -> None:
    assert score("Memory", host("host2")) == 0
    assert score("Load", host("host2")) == 0


def test_storage_is_the_share_of_images_whose_directories_are_there() -> None:
    disks = (DISK, replace(DISK, target="vdb", path="/local/b.img"), replace(DISK, kind=DiskKind.BLOCK))
    there = with_facts(image_directories=(ImageDirectory("/shared"),))
    assert score("Storage", there, replace(GUEST, disks=disks)) == 50
    assert score("Storage", host("host2"), replace(GUEST, disks=disks)) == 0
    assert score("Storage", host("host2"), replace(GUEST, disks=())) == 100
