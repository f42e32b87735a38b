"""What `kubectl get` shows, in lines that fit a terminal."""

import pytest
from msgspec.structs import replace

from godwit.api.render import Body, render_status
from godwit.domain.choice.table import Candidate, Choice, Standing
from godwit.domain.conditions import Condition, ConditionStatus
from godwit.domain.guest import DomainState, GuestView
from godwit.domain.host import CPU, HypervisorStatus, Leftover, Memory
from godwit.domain.image_journal import LeftBehind
from godwit.domain.migration import HypervisorSelector, MigrationStatus, Phase, Progress
from godwit.domain.reasons import Reason
from godwit.domain.task import Evidence, Failure, Goal, TaskStatus, VMIdentity

from .filled import NOON
from .server import Server
from .specs import TASK, UUID

pytestmark = pytest.mark.contract

WIDTH = 120
AGE_GROWS_BY = len("119m") - len("AGE")


def shown(server: Server, plural: str, name: str, *options: str) -> dict[str, str]:
    """The object's line, by the heads of its columns."""
    head, line = server.get(plural, name, *options).splitlines()
    if not options:
        assert max(len(head), len(line)) + AGE_GROWS_BY <= WIDTH, f"{head}\n{line}"
    starts = [n for n in range(len(head)) if head[n] != " " and (n == 0 or head[n - 1] == " ")]
    ends = [*starts[1:], None]
    return {head[i:j].strip(): line[i:j].strip() for i, j in zip(starts, ends, strict=True)}


def migration(server: Server, name: str, vm: Body, status: MigrationStatus) -> None:
    spec = {"vm": vm, "destination": {"hypervisor": "kvm-node-12"}}
    created = server.create(server.body("VMMigration", spec, name=name))
    server.patch(created, {"status": render_status(status)}, "--subresource=status")


def because(reason: Reason, message: str = "") -> tuple[Condition, ...]:
    return (Condition("Succeeded", ConditionStatus.UNKNOWN, reason, NOON, message),)


FOUND = MigrationStatus(
    vm=VMIdentity("openEulerVM", UUID),
    source=HypervisorSelector("kvm-node-07"),
    phase=Phase.MIGRATING,
    conditions=because(Reason.MIGRATING, "42 % of the memory are there"),
    progress=Progress(percent=42, eta="1m12s", disk_remaining=512 << 20),
)


def test_a_migration_under_way_says_which_vm_from_where_to_where_how_far_how_long_and_why(
    server: Server,
) -> None:
    migration(server, "move-openeuler-vm", {"uuid": UUID}, FOUND)
    line = shown(server, "vmmigrations", "move-openeuler-vm")
    assert line.pop("AGE")
    assert line == {
        "NAME": "move-openeuler-vm",
        "VM": "openEulerVM",
        "FROM": "kvm-node-07",
        "TO": "kvm-node-12",
        "PHASE": "Migrating",
        "%": "42",
        "LEFT": "1m12s",
        "WHY": "Migrating",
    }


def test_a_destination_that_was_chosen_is_told_as_a_named_one(server: Server) -> None:
    spec = {"vm": {"name": "openEulerVM"}, "destination": {"nodeSelector": {"zone": "b"}}}
    created = server.create(server.body("VMMigration", spec, name="chosen"))
    assert shown(server, "vmmigrations", "chosen")["TO"] == ""
    choice = Choice("the best", NOON, (Candidate("kvm-node-09", Standing.CHOSEN),))
    status = replace(FOUND, destination=HypervisorSelector("kvm-node-09"), choice=choice)
    server.patch(created, {"status": render_status(status)}, "--subresource=status")
    assert shown(server, "vmmigrations", "chosen")["TO"] == "kvm-node-09"


def test_a_migration_that_nobody_has_looked_at_says_what_was_asked_for(server: Server) -> None:
    migration(server, "asked", {"name": "openEulerVM"}, MigrationStatus())
    line = shown(server, "vmmigrations", "asked")
    assert (line["VM"], line["TO"], line["PHASE"]) == ("openEulerVM", "kvm-node-12", "")


@pytest.mark.parametrize(
    ("phase", "reason", "progress"),
    [
        (Phase.NEEDS_ATTENTION, Reason.EVIDENCE_UNDECIDED, Progress(percent=100, eta="12m05s")),
        (Phase.SWITCHING_OVER, Reason.SWITCHING_OVER, Progress(percent=100, eta="12m05s")),
        (Phase.PENDING, Reason.HYPERVISOR_NOT_FOUND, None),
    ],
)
def test_the_longest_words_still_fit(
    server: Server, phase: Phase, reason: Reason, progress: Progress | None
) -> None:
    name = f"move-{reason.lower()[:12]}"
    status = MigrationStatus(
        vm=FOUND.vm, source=FOUND.source, phase=phase, conditions=because(reason), progress=progress
    )
    migration(server, name, {"name": "openEulerVM"}, status)
    assert shown(server, "vmmigrations", name)["WHY"] == reason


def test_the_sentence_comes_with_wide_output(server: Server) -> None:
    migration(server, "wide", {"name": "openEulerVM"}, FOUND)
    line = shown(server, "vmmigrations", "wide", "-o", "wide")
    assert (line["UUID"], line["MESSAGE"]) == (UUID, "42 % of the memory are there")
    assert line["DISK-LEFT"] == str(512 << 20)


def test_a_task_says_where_it_is_and_what_is_in_its_way(server: Server) -> None:
    created = server.create(server.body("MigrationTask", TASK, name="6d0b7c1e-1-source"))
    guest = GuestView(name="openEulerVM", uuid=UUID, state=DomainState.RUNNING)
    status = TaskStatus(
        reached=Goal.INSPECTED,
        failure=Failure(Reason.CONNECTION_FAILED, "no route to host"),
        evidence=Evidence(agent="a", counter=1, changed=1, at=NOON, guest=guest),
        left_behind=(
            LeftBehind("Image", "/images/a.qcow2", "it holds data"),
            LeftBehind("Image", "/b", "so"),
        ),
    )
    server.patch(created, {"status": render_status(status)}, "--subresource=status")
    line = shown(server, "migrationtasks", "6d0b7c1e-1-source")
    assert (line["NODE"], line["GOAL"], line["REACHED"]) == ("host1", "Inspected", "Inspected")
    assert line["FAILURE"] == "ConnectionFailed"
    wide = shown(server, "migrationtasks", "6d0b7c1e-1-source", "-o", "wide")
    assert (wide["GUEST"], wide["LEFT-BEHIND"]) == ("Running", "/images/a.qcow2")


def test_a_hypervisor_says_whether_it_is_ready_and_what_it_has(server: Server) -> None:
    spec = {"maintenance": True, "reserve": {"memory": "4Gi"}}
    created = server.create(server.body("Hypervisor", spec, name="kvm-node-12"))
    status = HypervisorStatus(
        conditions=(Condition("Ready", ConditionStatus.TRUE, "AgentAlive", NOON),),
        cpu=CPU(model="Skylake-Server-noTSX-IBRS", count=128),
        memory=Memory(free_bytes=1 << 40),
        migration_address="192.168.101.112",
        leftovers=(Leftover("Pool", "godwit-1", "virsh pool-destroy godwit-1"),),
    )
    server.patch(created, {"status": render_status(status)}, "--subresource=status")
    line = shown(server, "hypervisors", "kvm-node-12")
    assert (line["READY"], line["CPUS"], line["ADDRESS"]) == ("True", "128", "192.168.101.112")
    wide = shown(server, "hypervisors", "kvm-node-12", "-o", "wide")
    assert wide["LEFTOVER"] == "godwit-1"
    assert (wide["MAINTENANCE"], wide["RESERVE"]) == ("true", "4Gi")
