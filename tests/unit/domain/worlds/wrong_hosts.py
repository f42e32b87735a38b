"""What may be wrong with the two hosts, and with the road between them."""

from msgspec.structs import replace

from godwit.domain.guest import DomainState, GuestView, Job
from godwit.domain.host import HostNode, Memory, Reserve, SecurityModel
from godwit.domain.plan import PromisedMemory

from ..builders import DISK, UUID
from ..storage.known import GIB
from .row import fails, not_run, row, warns
from .world import (
    World,
    at_destination,
    at_source,
    with_cpus,
    with_disks,
    with_facts,
    with_guest,
    with_versions,
)


def _destination(world: World, **changes: object) -> World:
    return replace(world, destination=replace(world.destination, **changes))


def _source(world: World, **changes: object) -> World:
    return replace(world, source=replace(world.source, **changes))


def _maintained(world: World) -> World:
    return _destination(world, spec=replace(world.destination.spec, maintenance=True))


def _reserved(world: World) -> World:
    return _destination(world, spec=replace(world.destination.spec, reserve=Reserve("500Gi")))


def _vcpus(world: World, cpus: int) -> World:
    return with_cpus(with_guest(world, vcpus=2), there={"count": cpus})


def _users_differ(world: World) -> World:
    """And nothing in the image's mode lets both open it."""
    assert world.guest.placement is not None
    world = with_guest(world, placement=replace(world.guest.placement, fixed_labels=()))
    return at_destination(with_disks(world, DISK), security=(SecurityModel("dac", "qemu", "+64055:+108"),))


def _confined(world: World) -> World:
    extra = SecurityModel("apparmor", "qemu", "libvirt-vm1")
    return at_source(world, security=(*world.source.status.security, extra))


def _security_not_told(world: World) -> World:
    return at_destination(with_disks(world, DISK), security=())


NAMESAKE = GuestView("vm1", UUID, DomainState.SHUTOFF)

WRONG_HOSTS = (
    row(
        "it is on a third host",
        "listed",
        with_facts,
        fails("VMFoundOnce"),
        "host1",
        UUID,
        "host3",
        elsewhere=("host3",),
    ),
    row(
        "a namesake",
        "namesake",
        with_facts,
        fails("NoNamesake"),
        "host2",
        "host2 has a domain vm1",
        UUID,
        namesakes=(NAMESAKE,),
    ),
    row(
        "one has its name and another its UUID",
        "namesake",
        with_facts,
        fails("NoNamesake"),
        "host2 has a domain vm1 (uuid another-uuid",
        f"host2 has a domain vm7 (uuid {UUID}",
        namesakes=(replace(NAMESAKE, name="vm7"), replace(NAMESAKE, uuid="another-uuid")),
    ),
    row(
        "it comes in there already",
        "namesake",
        with_facts,
        fails("NoNamesake"),
        "host2",
        UUID,
        namesakes=(replace(NAMESAKE, state=DomainState.PAUSED, job=Job.MIGRATION_IN),),
    ),
    row(
        "one host UUID",
        "identity",
        at_destination,
        fails("NotTheSameHost"),
        "host1 and host2",
        "uuid-of-host1",
        host_uuid="uuid-of-host1",
    ),
    row(
        "one host name",
        "identity",
        at_destination,
        fails("NotTheSameHost"),
        "host2",
        "both call themselves host1",
        host_name="host1",
    ),
    row("no host UUID", "identity", at_source, not_run("NotTheSameHost"), "host1", "host UUID", host_uuid=""),
    row(
        "the source's agent is silent",
        "here",
        _source,
        fails("AgentReady"),
        "the agent on host1",
        "Lease",
        ready=False,
    ),
    row(
        "the destination's agent is silent",
        "ready",
        _destination,
        fails("AgentReady"),
        "the agent on host2",
        "Lease",
        ready=False,
    ),
    row(
        "an older agent",
        "agent",
        with_versions,
        fails("AgentVersion"),
        "the agent on host2",
        "0.0.9",
        "0.1.0",
        there={"agent": "0.0.9"},
    ),
    row(
        "an older agent by its tag",
        "agent",
        with_versions,
        fails("AgentVersion"),
        "the agent on host2",
        "v0.0.9",
        there={"agent": "v0.0.9"},
    ),
    row(
        "an agent of no version",
        "agent",
        with_versions,
        not_run("AgentVersion"),
        "the agent on host1",
        "unknown",
        here={"agent": ""},
    ),
    row(
        "the node is cordoned",
        "node",
        _destination,
        fails("NodeSchedulable"),
        "node host2 is cordoned",
        node=HostNode(cordoned=True),
    ),
    row(
        "the node goes",
        "node",
        _destination,
        fails("NodeSchedulable"),
        "node host2 is being deleted",
        node=HostNode(deleting=True),
    ),
    row("there is no node", "node", _destination, not_run("NodeSchedulable"), "node host2", node=None),
    row("maintenance", "spec", _maintained, fails("Maintenance"), "host2 is in maintenance"),
    row(
        "an older libvirt",
        "versions",
        with_versions,
        warns("LibvirtVersion"),
        "libvirt 12.7.0 on host2",
        "12.9.0 on host1",
        here={"libvirt": "12.9.0"},
        there={"libvirt": "12.7.0"},
    ),
    row(
        "an older QEMU",
        "versions cpu",
        with_versions,
        warns("QEMUVersion"),
        "QEMU 10.1.0 on host2",
        "10.2.0 on host1",
        here={"qemu": "10.2.0"},
        there={"qemu": "10.1.0"},
    ),
    row(
        "a libvirt of no version",
        "versions",
        with_versions,
        not_run("LibvirtVersion", "KnownBugs"),
        "libvirt on host1",
        here={"libvirt": ""},
    ),
    row(
        "a QEMU of no version",
        "versions cpu",
        with_versions,
        not_run("QEMUVersion", "KnownBugs"),
        "QEMU on host2",
        there={"qemu": ""},
    ),
    row(
        "a libvirt that may crash",
        "versions",
        with_versions,
        warns("KnownBugs"),
        "libvirt 10.4.0 on host1",
        "may crash",
        here={"libvirt": "10.4.0"},
    ),
    row(
        "confined on one host alone",
        "security",
        _confined,
        fails("Permissions"),
        "apparmor",
        "host1",
        "not there on host2",
    ),
    row(
        "QEMU is another user",
        "security disks placement",
        _users_differ,
        {**fails("Permissions"), **warns("ImageAccess")},
        "107:107 on host1",
        "64055:108 on host2",
        "disk vda",
    ),
    row(
        "security not told",
        "security disks",
        _security_not_told,
        not_run("Permissions", "ImageAccess"),
        "not known of host2",
    ),
    row("too few CPUs", "vcpus", _vcpus, fails("VCPUs"), "VM vm1 has 2 vCPUs, host2 has 1", cpus=1),
    row("CPUs not told", "vcpus", _vcpus, not_run("VCPUs"), "how many CPUs host2 has", cpus=0),
    row(
        "too little memory",
        "memory",
        at_destination,
        fails("Memory"),
        "host2 lacks",
        "64 MiB are free",
        memory=Memory(8 * GIB, 64 << 20),
    ),
    row(
        "memory promised to others",
        "memory",
        with_facts,
        fails("Memory"),
        "host2 lacks",
        "promised to other migrations",
        promised_memory=PromisedMemory(500 * GIB),
    ),
    row("a reserve", "memory spec", _reserved, fails("Memory"), "host2 lacks", "512000 MiB are its reserve"),
    row(
        "memory not told",
        "memory",
        at_destination,
        not_run("Memory"),
        "how much memory host2 has",
        memory=Memory(),
    ),
)
