"""A host's links change by hand: its Hypervisor says so, and the next choice knows of it."""

from msgspec.structs import replace

from godwit.domain.guest import InterfaceFacts
from godwit.domain.migration import Phase
from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import EventKind

from ...fakes.hypervisor_parts import GUESTS
from .house.house import House, disk
from .three_hosts import ANY

DOWN = replace(GUESTS, active=False)


def told(house: House, host: str = "host2") -> set[tuple[str, bool]]:
    networks = house.cluster.hypervisors.objects[host].status.networks
    return {(network.name, network.active) for network in networks}


def written(house: House) -> int:
    return sum(1 for kind, verb, _ in house.cluster.server.writes if (kind, verb) == ("Hypervisor", "patch"))


async def started() -> House:
    house = House()
    house.add_guest(disk()).interfaces = (InterfaceFacts("52:54:00:00:00:01", "bridge", bridge=GUESTS.name),)
    return await house.start()


async def test_a_bridge_that_goes_down_or_comes_up_is_told_at_once() -> None:
    house = await started()
    for bridge in (DOWN, GUESTS):
        house.hosts["host2"].host.rewire(bridge)
        await house.pass_time(1)
        assert told(house) == {(GUESTS.name, bridge.active)}
    assert written(house) == 2
    house.close()


async def test_a_network_of_libvirt_s_is_told_at_once() -> None:
    house = await started()
    house.hosts["host2"].host.start_network("lan")
    await house.pass_time(1)
    assert told(house) == {(GUESTS.name, True), ("lan", True)}
    house.hosts["host2"].host.stop_network("lan")
    await house.pass_time(1)
    assert told(house) == {(GUESTS.name, True)}
    house.close()


async def test_news_after_which_all_is_as_before_is_not_written() -> None:
    house = await started()
    for _ in range(3):
        house.hosts["host2"].host.rewire(GUESTS)
        house.hosts["host2"].emit(EventKind.NETWORK)
        await house.pass_time(1)
    assert written(house) == 0
    house.close()


async def test_after_what_the_remedy_says_the_host_is_chosen_at_once() -> None:
    house = await started()
    house.hosts["host2"].host.rewire(DOWN)
    await house.pass_time(60)
    house.migrate("refused", to=ANY)
    ending = (await house.ends("refused")).ending
    assert ending is not None
    assert ending.reason is Reason.NO_DESTINATION
    house.hosts["host2"].host.rewire(GUESTS)
    await house.pass_time(1)
    house.migrate("again", to=ANY)
    assert (await house.ends("again")).phase is Phase.SUCCEEDED, house.told()
    house.close()
