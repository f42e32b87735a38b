"""What an inspection tells beside the disks' places: layers, secrets, block jobs, checkpoints, firmware."""

from collections.abc import Iterator
from contextlib import contextmanager

import libvirt
import pytest

from godwit.domain.guest import DiskFacts, DiskKind, Job
from godwit.domain.image import FileKind
from godwit.domain.placement import CellBinding, HugepageDemand, Part, Pin, Placement

from .images_asked import qcow2
from .lab_world import LabWorld, domain_xml
from .worlds import NAME, UUID

SECRET = "5f2a1c1e-7d39-4a0c-9a55-6d0d3c0a7e33"  # noqa: S105 - a UUID, and its content is never set
USAGE = f"/{NAME}/vdc"
pytestmark = pytest.mark.contract


def disk(target: str, path: str, more: str = "", *, device: str = "disk", policy: str = "") -> str:
    start = f" startupPolicy='{policy}'" if policy else ""
    return (
        f"<disk type='file' device='{device}'><driver name='qemu' type='raw'/><source file='{path}'{start}/>"
        f"<target dev='{target}' bus='{'ide' if device == 'cdrom' else 'virtio'}'/>{more}</disk>"
    )


def luks(secret: str) -> str:
    return f"<encryption format='luks'><secret type='passphrase' {secret}/></encryption>"


@contextmanager
def secret_on(host: libvirt.virConnect) -> Iterator[None]:
    made = host.secretDefineXML(
        f"<secret ephemeral='yes'><uuid>{SECRET}</uuid><usage type='volume'><volume>{USAGE}</volume></usage>"
        "</secret>"
    )
    try:
        yield
    finally:
        made.undefine()


async def inspected(lab: LabWorld) -> dict[str, DiskFacts]:
    return {each.target: each for each in (await lab.source.guests.inspect(UUID)).disks}


async def test_a_definition_tells_what_matters_to_a_copy(lab: LabWorld) -> None:
    image, medium = await lab.put_image(lab.local), await lab.put_image(lab.shared)
    nothing = f"{lab.local}/{NAME}-nothing"
    disks = (
        disk("vda", image)
        + disk("vdb", nothing, luks(f"uuid='{SECRET}'"))
        + disk("vdc", nothing, luks(f"usage='{USAGE}'"))
        + disk("vdd", nothing, "<transient/>")
        + disk("hda", medium, "<readonly/>", device="cdrom", policy="optional")
        + "<disk type='volume'><source pool='pool' volume='name'/><target dev='vde' bus='virtio'/></disk>"
        + f"<disk type='dir'><driver type='fat'/><source dir='{lab.local}'/><target dev='vdf' bus='virtio'/>"
        "<readonly/></disk>"
    )
    nvram = f"<nvram>{nothing}-vars</nvram>"
    loader = "<loader readonly='yes' type='pflash'>/usr/share/hvtest/code.fd</loader>"
    xml = domain_xml(UUID, None).replace("<devices>", f"<devices>{disks}")
    xml = xml.replace("</type></os>", f"</type>{loader}{nvram}</os>")

    async def look() -> dict[str, DiskFacts]:
        facts = await lab.source.guests.inspect(UUID)
        assert facts.nvram is not None
        assert (facts.nvram.path, facts.nvram.kind) == (f"{nothing}-vars", FileKind.ABSENT)
        assert facts.writes_bytes_per_second is None
        assert SECRET in (await lab.source.host.facts()).secrets
        return {each.target: each for each in facts.disks}

    await lab.by_hand(0, lambda host: host.defineXML(xml))
    connection = libvirt.open(f"qemu+unix:///system?socket={lab.hands.place('/run/libvirt/libvirt-sock')}")
    try:
        with secret_on(connection):
            found = await look()
    finally:
        connection.close()
    named = {target: (found[target].kind, found[target].path) for target in ("vde", "vdf")}
    assert named == {"vde": (DiskKind.VOLUME, "pool/name"), "vdf": (DiskKind.DIR, lab.local)}
    assert found["vda"].image is not None
    assert (found["vda"].image.kind, found["vda"].image.digest) == (FileKind.REGULAR, "")
    assert [found[name].encrypted for name in ("vda", "vdb", "vdc")] == [False, True, True]
    assert (found["vdb"].secret, found["vdc"].secret) == (SECRET, SECRET)
    assert [found[name].transient for name in ("vda", "vdd")] == [False, True]
    assert (found["hda"].startup_policy, found["hda"].read_only) == ("optional", True)
    assert found["hda"].image is not None
    assert found["hda"].image.digest
    assert SECRET not in (await lab.source.host.facts()).secrets


async def test_a_block_job_is_told_by_its_kind_with_its_disk(lab: LabWorld) -> None:
    await lab.start_guest()
    assert (await inspected(lab))["vda"].block_job == ""
    copy = f"<disk type='file'><driver type='raw'/><source file='{lab.local}/{NAME}-copy'/></disk>"
    await lab.by_hand(
        0,
        lambda host: host.lookupByName(NAME).blockCopy(
            "vda", copy, {}, libvirt.VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB
        ),
    )
    facts = await lab.source.guests.inspect(UUID)
    assert [each.block_job for each in facts.disks] == ["copy"]
    assert facts.view.job is Job.NONE, "`virsh domjobinfo` shows nothing, and domjobabort would end nothing"
    await lab.by_hand(0, lambda host: host.lookupByName(NAME).blockJobAbort("vda"))


async def test_checkpoints_are_told_by_their_names(lab: LabWorld) -> None:
    image = qcow2(lab.local)
    await lab.source.images.create(image)
    xml = domain_xml(UUID, image.path).replace("type='raw'", "type='qcow2'")
    definition = "<domaincheckpoint><name>hvtest-checkpoint</name></domaincheckpoint>"
    await lab.by_hand(0, lambda host: host.createXML(xml).checkpointCreateXML(definition))
    facts = await lab.source.guests.inspect(UUID)
    assert (facts.checkpoints, facts.snapshots) == (("hvtest-checkpoint",), ())


async def test_what_a_guest_writes_is_measured_while_it_is_looked_at(lab: LabWorld) -> None:
    await lab.start_guest()
    assert (await lab.source.guests.inspect(UUID)).writes_bytes_per_second == 0


async def test_what_a_definition_asks_of_its_host_is_told(lab: LabWorld) -> None:
    tuned = (
        "<memoryBacking><hugepages><page size='2' unit='M'/></hugepages><locked/></memoryBacking>"
        "<memtune><hard_limit unit='MiB'>256</hard_limit></memtune>"
        "<cputune><vcpupin vcpu='0' cpuset='0-3,^2'/><emulatorpin cpuset='1'/></cputune>"
        "<numatune><memory mode='strict' nodeset='0'/></numatune>"
    )
    xml = domain_xml(UUID, None).replace("<features>", f"{tuned}<features>")
    await lab.by_hand(0, lambda host: host.defineXML(xml))
    assert (await lab.source.guests.inspect(UUID)).placement == Placement(
        virt_type="qemu",
        locked=True,
        hard_limit_bytes=256 << 20,
        hugepages=(HugepageDemand(32 << 20, 2 << 20),),
        pins=(Pin(Part.VCPU, "0-1,3", 0), Pin(Part.EMULATOR, "1")),
        cells=(CellBinding("its memory", "0"),),
    )


async def test_a_running_guest_is_bound_to_nothing_that_it_did_not_ask_for(lab: LabWorld) -> None:
    await lab.start_guest()
    assert (await lab.source.guests.inspect(UUID)).placement == Placement(virt_type="qemu")
