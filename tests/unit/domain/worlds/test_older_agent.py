"""What an agent of before these checks has told: nothing of it is taken for a pass, and the host is named."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from godwit.domain.checks import chain
from godwit.domain.choice.ranking import rank, row_of
from godwit.domain.choice.table import Standing
from godwit.domain.guest import GuestFacts
from godwit.domain.host import Hypervisor, HypervisorStatus
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reception import Reception
from godwit.domain.value import from_wire, to_wire

from .good import SEEDS, good
from .world import World, with_storage

OLDER = "0.0.9"
UNKNOWN_TO_IT = {"hugepages", "security", "links", "tpmBackends", "tpmStateFileSystem"}
OF_A_CPU = {"online", "microcode", "tscHertz", "tscScaling"}
OF_A_NETWORK = {"forward", "vlans", "portGroups", "uplinks", "carrier", "subnets", "speedMegabitsPerSecond"}
OF_A_GUEST = {"equipment", "placement", "interfaces", "cpu", "antiAffinity"}
NOT_KNOWN = {CheckResult.NOT_RUN, CheckResult.WARN}


def without(wire: dict[str, Any], fields: set[str]) -> dict[str, Any]:
    return {name: value for name, value in wire.items() if name not in fields}


def older(host: Hypervisor) -> Hypervisor:
    """Its status as that agent writes it."""
    wire = without(to_wire(host.status), UNKNOWN_TO_IT)
    wire["cpu"] = without(wire["cpu"], OF_A_CPU)
    wire["networks"] = [without(each, OF_A_NETWORK) for each in wire.get("networks", ())]
    wire["versions"]["agent"] = OLDER
    return replace(host, status=from_wire(HypervisorStatus, wire))


def with_older_source(world: World) -> World:
    """It looks down no road, and tells less of the guest."""
    guest = from_wire(GuestFacts, without(to_wire(world.guest), OF_A_GUEST))
    world = with_storage(world, replace(world.storage, guest=guest))
    return replace(
        world, source=older(world.source), outlook=None, qemu_client=None, offer=None, contact=None
    )


def with_older_destination(world: World) -> World:
    """It answers nothing of what it is asked about the guest's definition."""
    return replace(
        world, destination=older(world.destination), reception=Reception(), qemu_server=None, contact=None
    )


def bare(world: World) -> World:
    """Its destination has told that it is there, and nothing else."""
    told = HypervisorStatus(observed_generation=1)
    return replace(
        world, destination=replace(world.destination, status=told), reception=None, outlook=None, contact=None
    )


def told(world: World) -> list[Check]:
    verdicts = chain.run(world)
    assert {verdict.name for verdict in verdicts} == {rule.name for rule in chain.CHAIN}
    return [each for each in verdicts if each.result not in (CheckResult.PASS, CheckResult.NOT_APPLICABLE)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("age", "host"), [(with_older_source, "host1"), (with_older_destination, "host2")], ids=["here", "there"]
)
def test_nothing_fails_for_it_but_the_agent_s_version(
    seed: int, age: Callable[[World], World], host: str
) -> None:
    verdicts = told(age(good(seed)))
    [failed] = [verdict for verdict in verdicts if verdict.result not in NOT_KNOWN]
    assert (failed.name, failed.host, OLDER in failed.message) == ("AgentVersion", host, True)
    for verdict in verdicts:
        assert host in f"{verdict.host} {verdict.message} {verdict.remedy}", verdict
        assert verdict.message, verdict
        assert verdict.remedy, verdict


def test_what_such_a_source_does_not_tell_of_the_guest_did_not_run() -> None:
    verdicts = told(with_older_source(good(0)))
    not_run = {verdict.name for verdict in verdicts if verdict.result is CheckResult.NOT_RUN}
    resources = {"Permissions", "Pinning", "NUMA", "Hugepages", "MemoryLock"}
    networks = {"Networks", "MTU", "NetworkSegment"}
    assert not_run >= {"Devices", "CPU", "Reachable", "TLS", *resources, *networks}


def test_what_such_a_destination_does_not_answer_did_not_run() -> None:
    verdicts = told(with_older_destination(good(0)))
    not_run = {verdict.name for verdict in verdicts if verdict.result is CheckResult.NOT_RUN}
    assert not_run >= {"Definition", "Paths", "Graphics", "Permissions"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_destination_of_which_nothing_is_known_passes_no_check_of_its_facts(seed: int) -> None:
    verdicts = told(bare(good(seed)))
    for verdict in verdicts:
        assert verdict.host in ("host1", "host2"), verdict
        assert verdict.message, verdict
        assert verdict.remedy, verdict
    facts = {"AgentVersion", "LibvirtVersion", "QEMUVersion", "KnownBugs", "MigrationAddress", "MachineType"}
    asked = {"Definition", "Paths", "Graphics", "Permissions", "VCPUs", "Memory", "NotTheSameHost"}
    assert {verdict.name for verdict in verdicts if verdict.stops} >= facts | asked


def test_it_is_not_chosen_and_the_choice_says_why() -> None:
    world = good(0)
    known = older(world.destination)
    ranking = rank([known], lambda host: replace(world, destination=host, reception=None), frozenset())
    assert ranking.eligible == ()
    row = row_of(ranking.refused[0], Standing.REFUSED)
    assert row.failed == ("AgentVersion",)
    assert "host2 is of version 0.0.9" in row.why
