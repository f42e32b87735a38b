"""What one pass sees of other migrations: the room and memory that they were promised at the same host."""

from msgspec.structs import replace

from godwit.api.parse import parse_hypervisor, parse_task
from godwit.cluster.inventory import parse_node
from godwit.controller.fleet import Fleet
from godwit.controller.observe import Observer
from godwit.controller.skew import SkewMeter
from godwit.domain.guest import JobStats
from godwit.domain.image import Copy
from godwit.domain.image_journal import Copied
from godwit.domain.migration import (
    Attempt,
    Destination,
    HypervisorSelector,
    MigrationSpec,
    MigrationStatus,
    SwitchoverChoice,
    VMSelector,
)
from godwit.domain.observation import Observation
from godwit.domain.plan import MemoryClaim, Plan, Switchover
from godwit.domain.storage import Promise
from godwit.domain.task import Goal, MigrationRef, Peer, Role, Task, TaskSpec, TaskStatus, VMIdentity
from godwit.runtime.cache import Cache, Key

from ...fakes.cluster import NAMESPACE, FakeCluster
from .virtual_time import BEGINNING

CHECKING = MigrationStatus(
    vm=VMIdentity("vm1", "vm-of-move"),
    destination=HypervisorSelector("host2"),
    attempts=(Attempt(1, "move-1-source", "move-1-destination", "mark", BEGINNING),),
)
PLAN = Plan(
    Switchover.STRICT,
    "qemu+tls://host2/system",
    "tcp://host2",
    copies=(Copy("vda", "/images/other.img", "raw", 1000, needed_bytes=600),),
    memory=MemoryClaim(5000),
)


def task(role: Role, of: str = "other", to: str = "host2", status: TaskStatus | None = None) -> Task:
    at_source = role is Role.SOURCE
    names = [f"{of}-1-source", f"{of}-1-destination"]
    nodes = ["host1", to]
    spec = TaskSpec(
        node_name=nodes[not at_source],
        role=role,
        attempt=1,
        migration_ref=MigrationRef("default", of, f"uid-of-{of}"),
        vm=VMIdentity(of, f"vm-of-{of}"),
        peer=Peer(nodes[at_source], names[at_source]),
        goal=Goal.MIGRATED if at_source else Goal.PREPARED,
        plan=PLAN,
    )
    return Task(names[not at_source], spec, resource_version="1", status=status or TaskStatus())


async def promised_to_others(*tasks: Task, status: MigrationStatus | None = None) -> tuple[Promise, ...]:
    return (await observed(*tasks, status=status)).promised


async def observed(*tasks: Task, status: MigrationStatus | None = None) -> Observation:
    cluster, seen = FakeCluster(), Cache(parse_task)
    for each in tasks:
        seen.learn(Key(NAMESPACE, each.name), 1, each)
    fleet = Fleet(
        cluster.inventory,
        cluster.hypervisors,
        cluster.heartbeats,
        Cache(parse_hypervisor),
        Cache(parse_node),
        lambda: None,
    )
    observer = Observer(NAMESPACE, fleet, seen, cluster.tasks, cluster.claims, SkewMeter(), "0.1.0")
    spec = MigrationSpec(VMSelector(name="vm1"), Destination("host2"))
    move = replace(cluster.migrations.apply("move", spec), uid="uid-of-move", status=status or CHECKING)
    return await observer.observe(move)


async def test_a_migration_that_goes_to_the_same_host_was_promised_room_but_for_what_it_has_taken() -> None:
    sending = TaskStatus(copied=(Copied("vda", 250, 600),))
    here, there = task(Role.SOURCE, status=sending), task(Role.DESTINATION)
    assert await promised_to_others(here, there) == (Promise("/images", 350),)
    assert await promised_to_others(there) == (Promise("/images", 600),)


async def test_each_of_several_has_its_promise() -> None:
    tasks = [task(role, of) for of in ("one", "two") for role in Role]
    assert await promised_to_others(*tasks) == (Promise("/images", 600), Promise("/images", 600))


async def test_migrations_to_other_hosts_and_its_own_take_nothing_there() -> None:
    assert await promised_to_others(task(Role.DESTINATION, to="host3")) == ()
    assert await promised_to_others(task(Role.DESTINATION, of="move")) == ()


async def test_nobody_counts_once_the_checks_have_passed_or_before_the_host_is_known() -> None:
    there = task(Role.DESTINATION)
    passed = replace(CHECKING, switchover=SwitchoverChoice(Switchover.STRICT, "it is copied"))
    assert await promised_to_others(there, status=passed) == ()
    assert await promised_to_others(there, status=MigrationStatus()) == ()


async def test_the_memory_of_those_that_go_to_the_same_host_is_promised() -> None:
    tasks = [task(role, of) for of in ("one", "two") for role in Role]
    own, elsewhere = task(Role.DESTINATION, of="move"), task(Role.DESTINATION, of="far", to="host3")
    assert (await observed(*tasks, own, elsewhere)).promised_memory.bytes == 10_000
    passed = replace(CHECKING, switchover=SwitchoverChoice(Switchover.STRICT, "it is copied"))
    assert (await observed(*tasks, status=passed)).promised_memory.bytes == 0


async def test_what_has_arrived_of_it_is_promised_no_more() -> None:
    stats = JobStats(memory_total_bytes=4000, memory_processed_bytes=3000, memory_remaining_bytes=1000)
    here, there = task(Role.SOURCE, status=TaskStatus(progress=stats)), task(Role.DESTINATION)
    assert (await observed(here, there)).promised_memory.bytes == 2000
    assert (await observed(there)).promised_memory.bytes == 5000
