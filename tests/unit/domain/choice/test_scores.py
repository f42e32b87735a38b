import pytest
from msgspec.structs import replace

from godwit.domain.choice.scores import SCORES, scores_of
from godwit.domain.guest import DiskKind, DomainState, DomainSummary, GuestFacts
from godwit.domain.host import CPU, Hypervisor, ImageDirectory, Memory

from ..builders import DISK, FACTS, host

GUEST = replace(FACTS, vcpus=2, memory_bytes=4 << 30)


def with_facts(**facts: object) -> Hypervisor:
    known = host("host2")
    return replace(known, status=replace(known.status, **facts))


def score(name: str, known: Hypervisor, guest: GuestFacts = GUEST) -> int:
    return dict(scores_of(guest, known))[name]


def test_each_score_has_a_name_of_its_own() -> None:
    assert len({each.name for each in SCORES}) == len(SCORES)


@pytest.mark.parametrize(
    ("free", "total", "expected"), [(12 << 30, 16 << 30, 50), (4 << 30, 16 << 30, 0), (1 << 30, 16 << 30, 0)]
)
def test_memory_is_the_share_that_stays_free_with_the_guest(free: int, total: int, expected: int) -> None:
    assert score("Memory", with_facts(memory=Memory(total, free))) == expected


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
