"""A guest's CPU as its host shows it, and what a host like that says of giving it."""

from godwit.domain.guest_cpu import CPUFit, CPUMode, CPUVerdict

from .worlds import UUID, World


async def test_a_guest_s_cpu_is_told_as_it_runs(world: World) -> None:
    await world.start_guest()
    cpu = (await world.source.guests.inspect(UUID)).cpu
    assert cpu is not None
    assert (cpu.mode, cpu.emulated, cpu.model) == (CPUMode.CUSTOM, True, "qemu64")
    assert "hypervisor" in cpu.features, "QEMU added it: the live definition says so, and no other"
    assert (cpu.threads_per_socket, cpu.unjudged) == (1, ())


async def test_a_host_like_the_guest_s_own_can_give_it(world: World) -> None:
    await world.start_guest()
    definition = await world.source.receptions.definition(UUID)
    reception = await world.destination.receptions.receive(definition)
    assert reception.refusal == ""
    assert reception.cpu == CPUVerdict(CPUFit.SUPERSET)


async def test_the_host_s_cpu_has_a_vendor_and_its_microcode_a_version(world: World) -> None:
    cpu = (await world.source.host.facts()).cpu
    assert cpu.vendor
    assert cpu.microcode
