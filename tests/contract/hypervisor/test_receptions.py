"""What a host says of taking another one's guest, and that nothing comes of the asking."""

import pytest

from godwit.domain.equipment import DeviceKind, Equipment, GuestAgent
from godwit.domain.guest import DomainState
from godwit.domain.reasons import Reason
from godwit.domain.reception import (
    MOST_OF_A_KIND,
    HostPath,
    Listener,
    Listening,
    Presence,
    Reception,
)
from godwit.hypervisor.ports import HypervisorError

from .lab_world import LabWorld, domain_xml
from .worlds import NAME, UUID, World

NOBODYS = "192.0.2.1"
"""Of a network that is for documentation alone."""


async def test_a_definition_is_that_of_the_guest(world: World) -> None:
    await world.start_guest()
    definition = await world.source.receptions.definition(UUID)
    assert definition.startswith("<domain")
    assert UUID in definition


async def test_there_is_none_of_a_guest_that_nobody_knows(world: World) -> None:
    with pytest.raises(HypervisorError) as refused:
        await world.source.receptions.definition(UUID)
    assert refused.value.reason is Reason.VM_NOT_FOUND


async def test_a_guest_is_taken_and_nothing_comes_of_the_asking(world: World) -> None:
    await world.start_guest()
    definition = await world.source.receptions.definition(UUID)
    found = await world.destination.receptions.receive(definition)
    assert (found.refusal, found.paths, found.listeners) == ("", (), ())
    assert (await world.destination.guests.look(UUID)).state is DomainState.ABSENT


async def test_a_plain_guest_is_tied_by_nothing(world: World) -> None:
    await world.start_guest()
    assert (await world.source.guests.inspect(UUID)).equipment == Equipment()


async def received(lab: LabWorld, devices: str) -> Reception:
    return await lab.destination.receptions.receive(domain_xml(UUID, None, devices=devices))


@pytest.mark.contract
async def test_a_live_definition_tells_a_guest_agent_and_what_ties_the_guest(lab: LabWorld) -> None:
    devices = (
        "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
        "<crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/></crypto>"
    )
    await lab.by_hand(0, lambda host: host.createXML(domain_xml(UUID, None, devices=devices)))
    found = (await lab.source.guests.inspect(UUID)).equipment
    assert found is not None
    assert [(each.kind, each.name) for each in found.devices] == [(DeviceKind.CRYPTO, "crypto virtio")]
    assert found.agent is GuestAgent.DISCONNECTED
    definition = await lab.source.receptions.definition(UUID)
    assert (await lab.destination.receptions.receive(definition)).paths == (), "libvirt makes that socket"


@pytest.mark.contract
async def test_a_definition_without_what_may_be_secret_is_taken_as_the_whole_one(lab: LabWorld) -> None:
    namespace = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
    secret = "hunter2"  # noqa: S105 - what must not be told
    more = (
        f"<title>{secret}</title>"
        f"<sysinfo type='fwcfg'><entry name='opt/org.example/a'>{secret}</entry></sysinfo>"
        f"<sysinfo type='smbios'><oemStrings><entry>{secret}</entry></oemStrings></sysinfo>"
        "<qemu:commandline><qemu:arg value='-fw_cfg'/>"
        f"<qemu:arg value='name=opt/org.example/b,string={secret}'/>"
        f"<qemu:env name='TOKEN' value='{secret}'/></qemu:commandline>"
    )
    whole = domain_xml(UUID, None).replace("<domain ", f"<domain {namespace} ", 1)
    whole = whole.replace("</domain>", f"{more}</domain>")
    await lab.by_hand(0, lambda host: host.createXML(whole))
    definition = await lab.source.receptions.definition(UUID)
    assert secret not in definition
    assert (await lab.destination.receptions.receive(definition)).refusal == ""


@pytest.mark.contract
async def test_a_refusal_is_told_in_libvirts_words(lab: LabWorld) -> None:
    emulator = f"/usr/local/bin/{NAME}"
    refusal = (await received(lab, f"<emulator>{emulator}</emulator>")).refusal
    assert refusal is not None
    assert f"Cannot check QEMU binary {emulator}" in refusal


@pytest.mark.contract
async def test_entities_are_refused_and_not_read(lab: LabWorld) -> None:
    bomb = f"<!DOCTYPE domain [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>{domain_xml(UUID, None)}"
    refusal = (await lab.destination.receptions.receive(bomb)).refusal
    assert refusal is not None
    assert "no definition as libvirt prints them" in refusal


@pytest.mark.contract
async def test_paths_are_looked_for_where_they_can_be(lab: LabWorld) -> None:
    there = f"{lab.local}/{NAME}-dir"
    (lab.destination_root / there.lstrip("/")).mkdir()
    (lab.destination_root / f"{lab.local}/{NAME}-tty".lstrip("/")).write_bytes(b"")

    def serial(kind: str, path: str, mode: str = "") -> str:
        return f"<serial type='{kind}'><source {mode} path='{path}'/></serial>"

    devices = (
        serial("file", f"{there}/log"),
        serial("file", f"/var/log/{NAME}/log"),
        serial("file", "/usr/share/seabios/log"),
        serial("dev", f"{lab.local}/{NAME}-tty"),
        serial("dev", f"{lab.local}/{NAME}-none"),
        serial("dev", "/usr/share/seabios/bios-256k.bin"),
        serial("dev", "/dev/ttyS7"),
        serial("unix", f"{there}/socket", "mode='connect'"),
        serial("unix", f"/var/log/{NAME}/socket", "mode='connect'"),
    )
    paths = (await received(lab, "".join(devices))).paths
    assert paths is not None
    no_sockets = "libvirt's storage API lists no sockets and pipes"
    assert paths == (
        HostPath("serial", there, Presence.PRESENT),
        HostPath("serial", f"/var/log/{NAME}", Presence.ABSENT),
        HostPath("serial", "/usr/share/seabios", Presence.PRESENT),
        HostPath("serial", f"{lab.local}/{NAME}-tty", Presence.PRESENT),
        HostPath("serial", f"{lab.local}/{NAME}-none", Presence.ABSENT),
        HostPath("serial", "/usr/share/seabios/bios-256k.bin", Presence.PRESENT),
        HostPath("serial", "/dev/ttyS7", Presence.OUT_OF_SIGHT, "nobody looks for anything in /dev"),
        HostPath("serial", f"{there}/socket", Presence.OUT_OF_SIGHT, no_sockets),
        HostPath("serial", f"/var/log/{NAME}/socket", Presence.ABSENT),
    )


@pytest.mark.contract
async def test_of_more_paths_than_can_be_told_none_is(lab: LabWorld) -> None:
    many = "".join(
        f"<serial type='dev'><source path='/dev/tty{number}'/></serial>"
        for number in range(MOST_OF_A_KIND + 1)
    )
    assert (await received(lab, many)).paths is None


@pytest.mark.contract
async def test_a_screens_address_is_tried(lab: LabWorld) -> None:
    screen = f"<graphics type='vnc'><listen type='address' address='{NOBODYS}'/></graphics>"
    listeners = (await received(lab, screen)).listeners
    assert listeners == (Listener("vnc", NOBODYS, Listening.NO_SUCH_ADDRESS),)
