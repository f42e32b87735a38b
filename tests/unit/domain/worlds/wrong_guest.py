"""What may be wrong with the guest itself, and with what it asks of the destination's libvirt and QEMU."""

from msgspec.structs import replace

from godwit.domain.equipment import TPM, Device, DeviceKind, GuestAgent
from godwit.domain.guest import DomainState, Job, StateReason
from godwit.domain.guest_cpu import CPUMode, CPUVerdict, GuestCPU
from godwit.domain.reception import HostPath, Listener, Listening, Presence

from .row import FAIL, NOT_RUN, WARN, fails, not_run, row, warns
from .world import World, at_destination, with_equipment, with_guest, with_reception, with_versions, with_view

CARD = Device(DeviceKind.HOST_DEVICE, "PCI device 0000:06:12.5")
PARTNER = Device(DeviceKind.FAILOVER, "network card 0000:06:13.0")
WORDS = Device(DeviceKind.ARGUMENTS, "qemu:commandline")
SCREEN = Listener("vnc", "10.9.8.7", Listening.NO_SUCH_ADDRESS, port=5907)
CONSOLE = HostPath("serial", "/var/log/vm1.console", Presence.ABSENT)
EPYC = GuestCPU(CPUMode.CUSTOM, model="EPYC")
UNKNOWN_UUID = "88888888-2222-3333-4444-555555555555"


def _tpm(world: World, secret: str = "", offered: tuple[str, ...] | None = ("emulator",)) -> World:
    """With a libvirt that has no known bug of it."""
    newest = {"libvirt": "12.8.0"}
    world = with_equipment(with_versions(world, newest, newest), tpm=TPM("emulator", secret))
    return at_destination(world, tpm_backends=offered)


def _cpu(world: World, cpu: GuestCPU | None = EPYC, verdict: CPUVerdict | None = None) -> World:
    return with_reception(with_guest(world, cpu=cpu), cpu=verdict)


def _not_asked(world: World) -> World:
    return replace(_cpu(world), reception=None)


PAUSED = DomainState.PAUSED

WRONG_GUEST = (
    row(
        "a disk's I/O error",
        "state",
        with_view,
        fails("VMRuns"),
        "host1",
        "VM vm1",
        "gave an I/O error",
        state=PAUSED,
        reason=StateReason.IO_ERROR,
    ),
    row(
        "it is off", "state", with_view, fails("VMRuns"), "host1", "VM vm1 is off", state=DomainState.SHUTOFF
    ),
    row(
        "it sleeps",
        "state",
        with_view,
        fails("VMRuns"),
        "host1",
        "VM vm1 sleeps",
        state=DomainState.PM_SUSPENDED,
    ),
    row(
        "a broken post-copy",
        "state",
        with_view,
        fails("VMRuns"),
        "host1",
        "VM vm1",
        "broke off",
        state=PAUSED,
        reason=StateReason.POSTCOPY_FAILED,
    ),
    row("it is saved", "job", with_view, fails("NoJob"), "host1", "another job on VM vm1", job=Job.OTHER),
    row(
        "it leaves already",
        "job",
        with_view,
        fails("NoJob"),
        "host1",
        "a migration",
        "VM vm1",
        job=Job.MIGRATION_OUT,
    ),
    row("a PCI device", "devices", with_equipment, fails("Devices"), "host1", CARD.name, devices=(CARD,)),
    row(
        "a card with a partner",
        "devices",
        with_equipment,
        warns("Devices"),
        "host1",
        PARTNER.name,
        devices=(PARTNER,),
    ),
    row(
        "two devices",
        "devices",
        with_equipment,
        {"Devices": FAIL},
        "host1",
        CARD.name,
        "it is the host's own TPM",
        devices=(CARD, Device(DeviceKind.TPM, "TPM /dev/tpm0")),
    ),
    row("words for QEMU", "devices", with_equipment, warns("Devices"), "host1", WORDS.name, devices=(WORDS,)),
    row(
        "devices not told",
        "devices guest-agent tpm",
        with_guest,
        {"Devices": NOT_RUN, "GuestAgent": WARN},
        "host1",
        "the devices of VM vm1",
        equipment=None,
    ),
    row(
        "another machine type",
        "machine",
        with_guest,
        fails("MachineType"),
        "host2",
        "pc-i440fx-2.0",
        machine="pc-i440fx-2.0",
    ),
    row(
        "no machine types told",
        "machine",
        at_destination,
        not_run("MachineType"),
        "host2",
        "told none",
        machine_types=(),
    ),
    row(
        "no swtpm there",
        "tpm versions",
        _tpm,
        fails("TPM"),
        "host2",
        "only passthrough",
        "VM vm1",
        offered=("passthrough",),
    ),
    row(
        "a TPM's secret is missing",
        "tpm versions",
        _tpm,
        fails("TPM"),
        "host2",
        UNKNOWN_UUID,
        secret=UNKNOWN_UUID,
    ),
    row("TPMs not told", "tpm versions", _tpm, not_run("TPM"), "host2", "an emulated TPM", offered=None),
    row(
        "a silent guest agent",
        "guest-agent",
        with_equipment,
        warns("GuestAgent"),
        "host1",
        "VM vm1",
        "nobody holds it open",
        agent=GuestAgent.DISCONNECTED,
    ),
    row(
        "a foreign address",
        "graphics",
        with_reception,
        fails("Graphics"),
        "host2",
        "vnc 10.9.8.7:5907",
        "has no address",
        listeners=(SCREEN,),
    ),
    row(
        "a taken port",
        "graphics",
        with_reception,
        fails("Graphics"),
        "host2",
        "vnc 10.9.8.7:5907",
        "taken",
        listeners=(replace(SCREEN, listening=Listening.PORT_TAKEN),),
    ),
    row(
        "a port not tried",
        "graphics",
        with_reception,
        warns("Graphics"),
        "host2",
        "vnc 10.9.8.7:5907",
        listeners=(replace(SCREEN, listening=Listening.UNKNOWN),),
    ),
    row(
        "screens not tried",
        "graphics",
        with_reception,
        not_run("Graphics"),
        "host2",
        "the screen of VM vm1",
        listeners=None,
    ),
    row(
        "a console's file",
        "paths",
        with_reception,
        fails("Paths"),
        "host2",
        "serial",
        CONSOLE.path,
        paths=(CONSOLE,),
    ),
    row(
        "a path not seen",
        "paths",
        with_reception,
        not_run("Paths"),
        "host2",
        CONSOLE.path,
        "not mounted",
        paths=(replace(CONSOLE, presence=Presence.UNKNOWN, message="not mounted"),),
    ),
    row(
        "a device out of sight",
        "paths",
        with_reception,
        warns("Paths"),
        "host2",
        "/dev/hwrng",
        "nobody looks",
        paths=(HostPath("rng", "/dev/hwrng", Presence.OUT_OF_SIGHT, "nobody looks there"),),
    ),
    row(
        "the definition is refused",
        "definition",
        with_reception,
        fails("Definition"),
        "host2",
        "no such emulator",
        refusal="no such emulator",
    ),
    row(
        "the definition was not sent",
        "definition",
        with_reception,
        not_run("Definition"),
        "host2",
        "VM vm1",
        refusal=None,
    ),
    row(
        "the destination was not asked",
        "definition graphics paths cpu",
        _not_asked,
        not_run("Definition", "Graphics", "Paths", "CPU"),
        "host2",
        "VM vm1",
    ),
)
