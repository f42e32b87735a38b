"""Small values to begin from: a guest `vm1` on host1 that goes to host2. A test replaces what it is about."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.contact import MIGRATION_PORT, Arrival, Contact, Offer
from godwit.domain.equipment import Equipment
from godwit.domain.guest import (
    DiskFacts,
    DiskKind,
    DomainState,
    DomainSummary,
    GuestFacts,
    GuestView,
    InterfaceFacts,
    Job,
    Marks,
    StateReason,
)
from godwit.domain.guest_cpu import CPUFit, CPUMode, CPUVerdict, GuestCPU
from godwit.domain.host import (
    BRIDGE,
    CPU,
    HostNode,
    Hypervisor,
    HypervisorStatus,
    Memory,
    Network,
    NUMANode,
    SecurityModel,
    Versions,
)
from godwit.domain.image import Copy
from godwit.domain.migration import (
    Attempt,
    Destination,
    HypervisorSelector,
    Migration,
    MigrationSpec,
    MigrationStatus,
    SwitchoverChoice,
    VMSelector,
)
from godwit.domain.observation import ClockSkew, Observation
from godwit.domain.placement import Placement
from godwit.domain.plan import Plan, ResumeWhen, Switchover
from godwit.domain.qemu_certificate import QEMUCertificate
from godwit.domain.reception import Reception
from godwit.domain.road import Answer, Certificate, Outlook, Own, Road, Shown, Trust
from godwit.domain.storage import StorageFacts, classify
from godwit.domain.task import (
    Evidence,
    Goal,
    MigrationRef,
    Peer,
    Probe,
    Role,
    Starting,
    Task,
    TaskSpec,
    TaskStatus,
    VMIdentity,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
UUID = "11111111-2222-3333-4444-555555555555"
VM = VMIdentity("vm1", UUID)
UID = "0123456789abcdef"
SOURCE_TASK, DESTINATION_TASK = "move-01234567-1-source", "move-01234567-1-destination"
RUN_MARK = "run-of-the-source"
VERSION = "0.1.0"
"""Of Godwit, on every host."""
MARK = f"{UID}/1"
"""The attempt's, in the destination's definition."""
DISK = DiskFacts(
    "vda",
    DiskKind.FILE,
    path="/shared/vm1.img",
    format="qcow2",
    virtual_size_bytes=64,
    regular_file=True,
    file_system="fuse.glusterfs",
)
WRITTEN = Probe("/shared", "/shared/.godwit-1", (DISK.path,), "secret", file_system="fuse.glusterfs")


INTERFACE = InterfaceFacts("52:54:00:00:00:01", "bridge", bridge="br0")
BR0 = Network(
    "br0",
    BRIDGE,
    "br0",
    active=True,
    mtu=1500,
    uplinks=("eth0",),
    carrier=True,
    subnets=("10.0.1.0/24",),
)
"""To which it is attached, on every host."""


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def host(name: str, *domains: DomainSummary, ready: bool = True) -> Hypervisor:
    status = HypervisorStatus(
        observed_generation=1,
        host_uuid=f"uuid-of-{name}",
        host_name=name,
        memory=Memory(total_bytes=4 << 30, free_bytes=2 << 30),
        numa=(NUMANode(id=0, cpus=2, memory_bytes=4 << 30),),
        hugepages=(),
        security=(SecurityModel("dac", "qemu", "+107:+107"),),
        versions=Versions(libvirt="11.3.0", qemu="10.0.13", agent=VERSION),
        cpu=CPU("x86_64", "EPYC-Rome", "AMD", ("topoext",), count=2, online="0-1", microcode="1"),
        migration_address=f"address-of-{name}",
        machine_types=("pc-q35-10.0",),
        tpm_backends=("passthrough",),
        domains=domains,
        networks=(BR0,),
        links=(),
    )
    return Hypervisor(name, status=status, ready=ready, node=HostNode())


def listed(name: str = "vm1", uuid: str = UUID, state: DomainState = DomainState.RUNNING) -> DomainSummary:
    return DomainSummary(name, uuid, state)


HOSTS = (host("host1", listed()), host("host2"))


def guest(
    state: DomainState = DomainState.RUNNING,
    reason: StateReason = StateReason.BOOTED,
    job: Job = Job.NONE,
    run: str | None = RUN_MARK,
) -> GuestView:
    """At the source, prepared."""
    return GuestView(
        VM.name, VM.uuid, state, reason, domain_id=1, job=job, persistent=True, marks=Marks(run=run)
    )


def arrived(state: DomainState, reason: StateReason = StateReason.MIGRATED, mark: str = MARK) -> GuestView:
    """At the destination."""
    return GuestView(VM.name, VM.uuid, state, reason, domain_id=1, persistent=True, marks=Marks(attempt=mark))


TAKEN = Reception(refusal="", paths=(), listeners=(), cpu=CPUVerdict(CPUFit.SUPERSET))
"""What a destination says that takes the guest."""
CERTIFICATE = Certificate(
    "host2", "authority", ("host2", "address-of-host2"), NOON - timedelta(days=9), NOON + timedelta(days=9)
)
ROAD = Road(
    "address-of-host2",
    Answer.OPEN,
    shown=Shown(CERTIFICATE, named=True, trust=Trust.TRUSTED),
    knock=Answer.REFUSED,
)
OUTLOOK = Outlook(NOON, Own(replace(CERTIFICATE, subject="host1", names=("host1",))), (ROAD,))
"""What host1 sees of host2 where all is well."""
OFFER = Offer("token-of-the-source")
CONTACT = Contact(MIGRATION_PORT, Arrival.ARRIVED)
"""What host2 tells of a call from host1 that came through."""
QEMU_CLIENT = QEMUCertificate(NOON, OUTLOOK.own)
QEMU_SERVER = QEMUCertificate(NOON, Own(CERTIFICATE))
"""What QEMU of host1 and of host2 show."""
SKEW = ClockSkew(destination_ahead_seconds=0.1, uncertainty_seconds=0.1)
ABSENT = GuestView(VM.name, VM.uuid, DomainState.ABSENT)
FACTS = GuestFacts(
    view=replace(guest(run=None), autostart=True),
    vcpus=1,
    memory_bytes=1,
    machine="pc-q35-10.0",
    arch="x86_64",
    disks=(DISK,),
    devices_digest="digest",
    equipment=Equipment(),
    placement=Placement(virt_type="qemu"),
    interfaces=(INTERFACE,),
    cpu=GuestCPU(CPUMode.CUSTOM, model="EPYC"),
)
ATTEMPT = Attempt(1, SOURCE_TASK, DESTINATION_TASK, f"{UID}/1/destination", NOON)
STARTING = Starting(1, "digest", NOON)
FAST = Plan(Switchover.FAST, "qemu+tls://host2/system", "tcp://host2", autostart=True)
COPY = Copy("vda", "/images/vm1.img", "qcow2", virtual_size_bytes=1 << 30, needed_bytes=1 << 20)
STRICT = replace(FAST, switchover=Switchover.STRICT, resume_when=ResumeWhen(SOURCE_TASK, 1))
COPYING = replace(STRICT, copies=(COPY,))


def evidence(view: GuestView, agent: str, challenge: str = "", *, starting: bool = False) -> Evidence:
    return Evidence(agent, 1, 1, NOON, view, challenge, starting)


def task(role: Role, goal: Goal, status: TaskStatus | None = None, plan: Plan | None = None) -> Task:
    at_source = role is Role.SOURCE
    names = (SOURCE_TASK, DESTINATION_TASK) if at_source else (DESTINATION_TASK, SOURCE_TASK)
    nodes = ("host1", "host2") if at_source else ("host2", "host1")
    spec = TaskSpec(
        node_name=nodes[0],
        role=role,
        attempt=1,
        migration_ref=MigrationRef("team", "move", UID),
        vm=VM,
        peer=Peer(nodes[1], names[1]),
        goal=goal,
        plan=plan,
    )
    return Task(names[0], spec, uid=f"task-{nodes[0]}", resource_version="1", status=status or TaskStatus())


def source(goal: Goal, status: TaskStatus | None = None, plan: Plan | None = None) -> Task:
    return task(Role.SOURCE, goal, status, plan)


def destination(goal: Goal, status: TaskStatus | None = None, plan: Plan | None = None) -> Task:
    return task(Role.DESTINATION, goal, status, plan)


def migration(status: MigrationStatus | None = None) -> Migration:
    """As the user made it, with our finalizer."""
    return Migration(
        namespace="team",
        name="move",
        uid=UID,
        created_at=NOON,
        spec=MigrationSpec(VMSelector(name="vm1"), Destination("host2")),
        finalizer=True,
        status=status or MigrationStatus(),
    )


RESOLVED = MigrationStatus(vm=VM, source=HypervisorSelector("host1"), destination=HypervisorSelector("host2"))
BEGUN = replace(RESOLVED, attempts=(ATTEMPT,), unqueued_at=NOON)
VALIDATED = replace(BEGUN, switchover=SwitchoverChoice(Switchover.FAST, "locks hold"))


def observation(
    status: MigrationStatus, source: Task | None = None, destination: Task | None = None
) -> Observation:
    return Observation(
        migration(status), HOSTS, source=source, destination=destination, operator_version=VERSION
    )


def facts() -> PreflightFacts:
    """With which every check passes: one shared disk."""
    return with_storage(shared())


def shared() -> StorageFacts:
    """The guest's one disk is proven to be shared."""
    return StorageFacts(FACTS, written=(WRITTEN,), read=(WRITTEN,))


def with_storage(known: StorageFacts) -> PreflightFacts:
    """What the checks judge where that is known of the disks."""
    return PreflightFacts(
        VM,
        known.guest,
        HOSTS[0],
        HOSTS[1],
        namesakes=(),
        reception=TAKEN,
        storage=known,
        disks=classify(known),
        operator_version=VERSION,
        outlook=OUTLOOK,
        offer=OFFER,
        contact=CONTACT,
        qemu_client=QEMU_CLIENT,
        qemu_server=QEMU_SERVER,
        clock_skew=SKEW,
    )
