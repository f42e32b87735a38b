import pytest
from msgspec.structs import replace

from godwit.domain import guest_memory
from godwit.domain.choice.scores import SCORES, scores_of
from godwit.domain.guest import DiskKind, DomainState, DomainSummary, GuestFacts
from godwit.domain.host import (
    BRIDGE,
    CPU,
    DEVICE,
    Hypervisor,
    HypervisorSpec,
    ImageDirectory,
    Memory,
    Network,
    Reserve,
)
from godwit.domain.placement import HugepageDemand, Placement

from ..builders import DISK, FACTS, UUID, host

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


def in_groups(uuid: str, *groups: str, state: DomainState = DomainState.RUNNING) -> DomainSummary:
    return DomainSummary(f"vm-{uuid}", uuid, state, anti_affinity=groups)


@pytest.mark.parametrize(
    ("domains", "expected"),
    [
        ((), 100),
        ((in_groups("1"), in_groups("2", "db")), 100),
        ((in_groups("1", "web"),), 25),
        ((in_groups("1", "web", "cache", "db"),), 25),
        ((in_groups("1", "web", state=DomainState.PAUSED),), 25),
        ((in_groups("1", "web"), in_groups("2", "cache")), 11),
        ((in_groups("1", "web"), in_groups("2", "web"), in_groups("3", "web")), 6),
        (tuple(in_groups(str(number), "web") for number in range(10)), 0),
        ((in_groups("1", "web", state=DomainState.SHUTOFF),), 100),
        ((in_groups(UUID, "web"),), 100),
    ],
    ids=[
        "nobody",
        "others",
        "one",
        "one with all its groups",
        "one that is paused",
        "two, each of another group",
        "three",
        "ten",
        "one that is off",
        "itself",
    ],
)
def test_the_first_guest_of_a_group_counts_most_and_each_further_one_less(
    domains: tuple[DomainSummary, ...], expected: int
) -> None:
    guest = replace(GUEST, anti_affinity=("web", "cache"))
    assert score("AntiAffinity", with_facts(domains=domains), guest) == expected


def test_a_guest_without_groups_is_apart_from_everybody() -> None:
    assert score("AntiAffinity", with_facts(domains=(in_groups("1", "web"), in_groups("2")))) == 100


def link(name: str, speed: int, *subnets: str, kind: str = DEVICE) -> Network:
    return Network(name, kind, subnets=subnets, speed_megabits_per_second=speed)


@pytest.mark.parametrize(
    ("speed", "expected"),
    [
        (0, 0),
        (1, 0),
        (10, 25),
        (100, 50),
        (1000, 75),
        (2500, 85),
        (10_000, 100),
        (25_000, 100),
        (400_000, 100),
    ],
)
def test_a_link_earns_a_quarter_with_each_tenfold_of_its_speed(speed: int, expected: int) -> None:
    known = with_facts(migration_address="10.0.2.7", links=(link("data", speed, "10.0.2.0/24"),))
    assert score("Link", known) == expected


def test_the_link_that_counts_is_the_one_around_the_migration_address() -> None:
    networks = (link("br0", 1000, "10.0.0.0/8", "2001:db8::/64", kind=BRIDGE),)
    links = (link("eth1", 10_000, "10.0.2.0/24"), link("eth2", 100, "10.0.3.0/24"))
    known = with_facts(migration_address="10.0.2.7", networks=networks, links=links)
    assert score("Link", known) == 100
    assert score("Link", replace(known, spec=HypervisorSpec(migration_address="10.0.3.7"))) == 50
    assert score("Link", replace(known, spec=HypervisorSpec(migration_address="10.9.9.9"))) == 75
    assert score("Link", replace(known, spec=HypervisorSpec(migration_address="2001:db8::7"))) == 75


def test_of_links_in_one_subnet_the_slowest_counts() -> None:
    links = (link("eth1", 10_000, "10.0.2.0/24"), link("eth2", 1000, "10.0.2.0/24"))
    assert score("Link", with_facts(migration_address="10.0.2.7", links=links)) == 75


@pytest.mark.parametrize("address", ["", "host2.example", "192.0.2.1"])
def test_an_address_on_no_link_that_is_told_earns_nothing(address: str) -> None:
    links = (link("data", 10_000, "10.0.2.0/24"),)
    assert score("Link", with_facts(migration_address=address, links=links)) == 0
    assert score("Link", with_facts(migration_address=address, links=None)) == 0
