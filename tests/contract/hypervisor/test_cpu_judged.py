"""What a real libvirt says of giving a guest's CPU, and how it says it."""

import pytest

from godwit.domain.guest_cpu import CPUFit, CPUVerdict
from godwit.domain.host import CPU

from .lab_world import LabWorld, domain_xml
from .worlds import UUID

pytestmark = pytest.mark.contract

NONE_OF_QEMUS = "avx512f"
"""No QEMU emulates it."""


def with_cpu(cpu: str, vcpus: int = 1) -> str:
    """The contract's guest with something more in its `<cpu>`."""
    xml = domain_xml(UUID, None).replace("qemu64</model>", f"qemu64</model>{cpu}")
    return xml.replace("<vcpu>1</vcpu>", f"<vcpu>{vcpus}</vcpu>")


def requiring(*features: str) -> str:
    return "".join(f"<feature policy='require' name='{feature}'/>" for feature in features)


async def verdict(lab: LabWorld, definition: str) -> CPUVerdict:
    reception = await lab.destination.receptions.receive(definition)
    assert reception.cpu is not None
    return reception.cpu


async def test_two_hosts_on_one_machine_have_one_cpu(lab: LabWorld) -> None:
    def told(cpu: CPU) -> tuple[object, ...]:
        return cpu.arch, cpu.model, cpu.vendor, cpu.features, cpu.microcode

    here, there = await lab.source.host.facts(), await lab.destination.host.facts()
    assert told(here.cpu) == told(there.cpu)


async def test_the_definition_that_is_judged_has_the_live_cpu(lab: LabWorld) -> None:
    await lab.start_guest()
    definition = await lab.source.receptions.definition(UUID)
    assert 'name="hypervisor"' in definition
    assert 'check="full"' in definition


async def test_each_feature_that_a_host_lacks_is_named(lab: LabWorld) -> None:
    found = await verdict(lab, with_cpu(requiring(NONE_OF_QEMUS, "rdseed", "invpcid")))
    assert (found.fit, set(found.missing)) == (CPUFit.INCOMPATIBLE, {NONE_OF_QEMUS, "invpcid"})
    assert "required features" in found.text


async def test_features_and_models_that_libvirt_does_not_know_are_told_too(lab: LabWorld) -> None:
    found = await verdict(lab, with_cpu(requiring("of-tomorrow", NONE_OF_QEMUS, "and-after")))
    assert found.fit is CPUFit.INCOMPATIBLE
    assert set(found.missing) == {"of-tomorrow", "and-after", NONE_OF_QEMUS}
    found = await verdict(lab, with_cpu("").replace("qemu64", "Tomorrow-Server"))
    assert (found.fit, found.missing) == (CPUFit.INCOMPATIBLE, ())
    assert "Tomorrow-Server" in found.text


async def test_a_machine_type_that_is_not_there_hides_no_missing_feature(lab: LabWorld) -> None:
    definition = with_cpu(requiring(NONE_OF_QEMUS)).replace("machine='pc'", "machine='pc-of-tomorrow'")
    reception = await lab.destination.receptions.receive(definition)
    assert reception.cpu is not None
    assert reception.cpu.missing == (NONE_OF_QEMUS,)
    assert reception.refusal


async def test_what_comes_with_the_topology_libvirt_denies_of_every_host(lab: LabWorld) -> None:
    """Of the guest's own, too."""
    topology = "<topology sockets='1' cores='2' threads='1'/>"
    await lab.by_hand(0, lambda host: host.createXML(with_cpu(topology, vcpus=2)))
    cpu = (await lab.source.guests.inspect(UUID)).cpu
    assert cpu is not None
    assert (cpu.threads_per_socket, cpu.unjudged) == (2, ("ht",))
    found = await verdict(lab, await lab.source.receptions.definition(UUID))
    assert found.missing == ("ht",)


async def test_a_definition_with_entities_is_refused_and_its_cpu_is_not_known(lab: LabWorld) -> None:
    entities = "<!DOCTYPE domain [<!ENTITY a 'qemu64'>]>"
    definition = entities + with_cpu("").replace("qemu64", "&a;")
    reception = await lab.destination.receptions.receive(definition)
    assert reception.refusal
    assert reception.cpu is None
